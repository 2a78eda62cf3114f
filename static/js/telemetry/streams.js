// @ts-check
/**
 * The Streams: their form in a Block, and their names for the Learner.
 *
 * Made from emotion/streams.json by `manage.py stream_tables`; a test compares them. Names are in
 * the source language: translate them with `t` where they are shown.
 */

/**
 * @typedef {{name: string, step: number, lo: number, hi: number}} Channel
 *   step: its precision
 * @typedef {{number: number, dtype: "f4" | "i2", scale: number, rateHz: number | null,
 *   backends: readonly string[], title: string, inline: string,
 *   channels: readonly Channel[]}} Stream
 *   title, inline: its name alone or first, and inside a sentence
 */

/** @type {Readonly<Record<string, Stream>>} */
export const STREAMS = Object.freeze({
  pointer: {
    number: 1, dtype: "f4", scale: 1, rateHz: 1, backends: [], title: "Pointer", inline: "pointer",
    channels: [
      { name: "path", step: 0.001, lo: 0, hi: 50 },
      { name: "net", step: 0.001, lo: 0, hi: 50 },
      { name: "straightness", step: 0.001, lo: 0, hi: 1 },
      { name: "speed_mean", step: 0.001, lo: 0, hi: 100 },
      { name: "speed_max", step: 0.001, lo: 0, hi: 100 },
      { name: "turns", step: 1, lo: 0, hi: 200 },
      { name: "curvature", step: 0.01, lo: 0, hi: 100 },
      { name: "idle_s", step: 0.001, lo: 0, hi: 1 },
      { name: "clicks", step: 1, lo: 0, hi: 20 },
      { name: "rage_clicks", step: 1, lo: 0, hi: 10 },
      { name: "hesitation_s", step: 0.001, lo: 0, hi: 60 },
      { name: "scroll", step: 0.001, lo: -50, hi: 50 },
      { name: "scroll_turns", step: 1, lo: 0, hi: 50 },
    ],
  },
  typing: {
    number: 2, dtype: "f4", scale: 1, rateHz: 0.2, backends: [], title: "Typing", inline: "typing",
    channels: [
      { name: "chr", step: 1, lo: 0, hi: 200 },
      { name: "edit", step: 1, lo: 0, hi: 200 },
      { name: "nav", step: 1, lo: 0, hi: 200 },
      { name: "ctl", step: 1, lo: 0, hi: 200 },
      { name: "dwell_mean", step: 5, lo: 0, hi: 2000 },
      { name: "dwell_sd", step: 5, lo: 0, hi: 2000 },
      { name: "dwell_p90", step: 5, lo: 0, hi: 2000 },
      { name: "flight_mean", step: 5, lo: 0, hi: 5000 },
      { name: "flight_sd", step: 5, lo: 0, hi: 5000 },
      { name: "flight_p90", step: 5, lo: 0, hi: 5000 },
      { name: "pauses", step: 1, lo: 0, hi: 3 },
      { name: "bursts", step: 1, lo: 0, hi: 50 },
    ],
  },
  activity: {
    number: 3, dtype: "f4", scale: 1, rateHz: 1, backends: [], title: "Activity", inline: "activity",
    channels: [
      { name: "visible", step: 0.001, lo: 0, hi: 1 },
      { name: "focused", step: 0.001, lo: 0, hi: 1 },
      { name: "fullscreen", step: 0.001, lo: 0, hi: 1 },
      { name: "blurs", step: 1, lo: 0, hi: 20 },
    ],
  },
  face: {
    number: 4, dtype: "f4", scale: 1, rateHz: 10, backends: ["human", "face_mesh", "openface"], title: "Camera", inline: "camera",
    channels: [
      { name: "au01", step: 0.01, lo: 0, hi: 5 },
      { name: "au02", step: 0.01, lo: 0, hi: 5 },
      { name: "au04", step: 0.01, lo: 0, hi: 5 },
      { name: "au05", step: 0.01, lo: 0, hi: 5 },
      { name: "au06", step: 0.01, lo: 0, hi: 5 },
      { name: "au07", step: 0.01, lo: 0, hi: 5 },
      { name: "au09", step: 0.01, lo: 0, hi: 5 },
      { name: "au10", step: 0.01, lo: 0, hi: 5 },
      { name: "au12", step: 0.01, lo: 0, hi: 5 },
      { name: "au14", step: 0.01, lo: 0, hi: 5 },
      { name: "au15", step: 0.01, lo: 0, hi: 5 },
      { name: "au17", step: 0.01, lo: 0, hi: 5 },
      { name: "au20", step: 0.01, lo: 0, hi: 5 },
      { name: "au23", step: 0.01, lo: 0, hi: 5 },
      { name: "au25", step: 0.01, lo: 0, hi: 5 },
      { name: "au26", step: 0.01, lo: 0, hi: 5 },
      { name: "au28", step: 0.01, lo: 0, hi: 5 },
      { name: "au45", step: 0.01, lo: 0, hi: 5 },
      { name: "au01_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au02_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au04_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au05_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au06_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au07_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au09_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au10_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au12_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au14_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au15_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au17_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au20_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au23_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au25_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au26_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au28_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au45_confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "yaw", step: 0.001, lo: -1.6, hi: 1.6 },
      { name: "pitch", step: 0.001, lo: -1.6, hi: 1.6 },
      { name: "roll", step: 0.001, lo: -1.6, hi: 1.6 },
      { name: "x", step: 0.001, lo: -10, hi: 10 },
      { name: "y", step: 0.001, lo: -10, hi: 10 },
      { name: "z", step: 0.001, lo: -10, hi: 10 },
      { name: "blink", step: 0.001, lo: 0, hi: 1 },
      { name: "quality", step: 0.01, lo: 0, hi: 1 },
    ],
  },
  gaze: {
    number: 5, dtype: "f4", scale: 1, rateHz: 10, backends: ["human", "face_mesh", "openface"], title: "Gaze", inline: "gaze",
    channels: [
      { name: "left_x", step: 0.001, lo: -1, hi: 1 },
      { name: "left_y", step: 0.001, lo: -1, hi: 1 },
      { name: "left_z", step: 0.001, lo: -1, hi: 1 },
      { name: "right_x", step: 0.001, lo: -1, hi: 1 },
      { name: "right_y", step: 0.001, lo: -1, hi: 1 },
      { name: "right_z", step: 0.001, lo: -1, hi: 1 },
      { name: "on_screen", step: 0.001, lo: 0, hi: 1 },
      { name: "quality", step: 0.01, lo: 0, hi: 1 },
    ],
  },
  rppg: {
    number: 6, dtype: "f4", scale: 1, rateHz: 1, backends: ["human", "face_mesh"], title: "Heart rate from skin colour", inline: "heart rate from skin colour",
    channels: [
      { name: "hr", step: 0.1, lo: 40, hi: 180 },
      { name: "snr", step: 0.1, lo: -30, hi: 40 },
      { name: "disagreement", step: 0.1, lo: 0, hi: 150 },
      { name: "quality", step: 0.01, lo: 0, hi: 1 },
    ],
  },
  heart: {
    number: 7, dtype: "f4", scale: 1, rateHz: 0, backends: ["bluetooth", "empatica_e4"], title: "Heart rate", inline: "heart rate",
    channels: [
      { name: "t", step: 0.001, lo: 0, hi: 43200 },
      { name: "hr", step: 0.1, lo: 20, hi: 250 },
      { name: "rr", step: 1, lo: 300, hi: 2000 },
      { name: "contact", step: 0.001, lo: 0, hi: 1 },
    ],
  },
  ppg: {
    number: 8, dtype: "i2", scale: 1, rateHz: null, backends: ["polar_verity", "shimmer3", "empatica_e4", "lsl"], title: "Pulse", inline: "pulse",
    channels: [
      { name: "ppg", step: 1, lo: -8388607, hi: 8388607 },
    ],
  },
  ecg: {
    number: 9, dtype: "i2", scale: 1, rateHz: 130, backends: ["polar_h10", "lsl"], title: "Heart current", inline: "heart current",
    channels: [
      { name: "ecg", step: 1, lo: -32767, hi: 32767 },
    ],
  },
  eda: {
    number: 10, dtype: "f4", scale: 1, rateHz: null, backends: ["shimmer3", "empatica_e4", "lsl"], title: "Skin moisture", inline: "skin moisture",
    channels: [
      { name: "eda", step: 0.001, lo: 0, hi: 100 },
    ],
  },
  layout: {
    number: 11, dtype: "f4", scale: 1, rateHz: 0, backends: [], title: "Page layout", inline: "page layout",
    channels: [
      { name: "t", step: 0.001, lo: 0, hi: 43200 },
      { name: "x", step: 0.01, lo: 0, hi: 1 },
      { name: "y", step: 0.01, lo: 0, hi: 1 },
      { name: "w", step: 0.01, lo: 0, hi: 1 },
      { name: "h", step: 0.01, lo: 0, hi: 1 },
      { name: "kind", step: 1, lo: 0, hi: 255 },
      { name: "r", step: 0.01, lo: 0, hi: 1 },
      { name: "g", step: 0.01, lo: 0, hi: 1 },
      { name: "b", step: 0.01, lo: 0, hi: 1 },
      { name: "text_length", step: 20, lo: 0, hi: 10000 },
    ],
  },
  acc: {
    number: 12, dtype: "i2", scale: 1, rateHz: null, backends: ["polar_h10", "polar_verity", "empatica_e4", "lsl"], title: "Movement", inline: "movement",
    channels: [
      { name: "x", step: 1, lo: -32767, hi: 32767 },
      { name: "y", step: 1, lo: -32767, hi: 32767 },
      { name: "z", step: 1, lo: -32767, hi: 32767 },
    ],
  },
  temp: {
    number: 13, dtype: "f4", scale: 1, rateHz: 4, backends: ["empatica_e4", "lsl"], title: "Skin temperature", inline: "skin temperature",
    channels: [
      { name: "temp", step: 0.01, lo: 10, hi: 50 },
    ],
  },
  eeg: {
    number: 14, dtype: "i2", scale: 1, rateHz: null, backends: ["lsl"], title: "Brain current", inline: "brain current",
    channels: [
    ],
  },
});
