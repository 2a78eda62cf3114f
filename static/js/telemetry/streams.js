// @ts-check
/**
 * The Streams: form in a Block, channels and words for the Learner.
 *
 * Made from emotion/streams.json by `manage.py stream_tables`; a test compares them. Words are in
 * the source language: translate them with `t` where they are shown.
 */

/**
 * @typedef {{name: string, label?: string, unit: string, step: number, lo: number,
 *   hi: number}} Channel
 *   label: missing for the confidence of another channel; step: its precision
 * @typedef {{number: number, dtype: "f4" | "i2", scale: number, rateHz: number | null,
 *   backends: readonly string[], title: string, inline: string, stays?: string,
 *   channels: readonly Channel[]}} Stream
 *   title, inline: its name alone or first, and inside a sentence
 *   stays: what never leaves the page
 */

/** @type {Readonly<Record<string, Stream>>} */
export const STREAMS = Object.freeze({
  pointer: {
    number: 1, dtype: "f4", scale: 1, rateHz: 1, backends: [],
    title: "Pointer", inline: "pointer", stays: "Where the pointer is and what is under it stay here.",
    channels: [
      { name: "path", label: "distance the pointer moved", unit: "viewport diagonals", step: 0.001, lo: 0, hi: 50 },
      { name: "net", label: "straight-line distance", unit: "viewport diagonals", step: 0.001, lo: 0, hi: 50 },
      { name: "straightness", label: "how straight the path is", unit: "ratio", step: 0.001, lo: 0, hi: 1 },
      { name: "speed_mean", label: "speed", unit: "diagonals/s", step: 0.001, lo: 0, hi: 100 },
      { name: "speed_max", label: "highest speed", unit: "diagonals/s", step: 0.001, lo: 0, hi: 100 },
      { name: "turns", label: "changes of direction", unit: "count", step: 1, lo: 0, hi: 200 },
      { name: "curvature", label: "how much the path curves", unit: "rad/diagonal", step: 0.01, lo: 0, hi: 100 },
      { name: "idle_s", label: "time at rest", unit: "s", step: 0.001, lo: 0, hi: 1 },
      { name: "clicks", label: "clicks", unit: "count", step: 1, lo: 0, hi: 20 },
      { name: "rage_clicks", label: "quick repeated clicks in one place", unit: "count", step: 1, lo: 0, hi: 10 },
      { name: "hesitation_s", label: "pause before a click", unit: "s", step: 0.001, lo: 0, hi: 60 },
      { name: "scroll", label: "scrolled", unit: "viewport heights", step: 0.001, lo: -50, hi: 50 },
      { name: "scroll_turns", label: "changes of scroll direction", unit: "count", step: 1, lo: 0, hi: 50 },
    ],
  },
  typing: {
    number: 2, dtype: "f4", scale: 1, rateHz: 0.2, backends: [],
    title: "Typing", inline: "typing", stays: "Which keys you press and what you write stay here.",
    channels: [
      { name: "chr", label: "number of letters and symbols", unit: "count", step: 1, lo: 0, hi: 200 },
      { name: "edit", label: "number of delete keys", unit: "count", step: 1, lo: 0, hi: 200 },
      { name: "nav", label: "number of arrow keys", unit: "count", step: 1, lo: 0, hi: 200 },
      { name: "ctl", label: "number of other keys", unit: "count", step: 1, lo: 0, hi: 200 },
      { name: "dwell_mean", label: "how long a key is held", unit: "ms", step: 5, lo: 0, hi: 2000 },
      { name: "dwell_sd", label: "how much this varies", unit: "ms", step: 5, lo: 0, hi: 2000 },
      { name: "dwell_p90", label: "1 in 10 are longer than", unit: "ms", step: 5, lo: 0, hi: 2000 },
      { name: "flight_mean", label: "time between two keys", unit: "ms", step: 5, lo: 0, hi: 5000 },
      { name: "flight_sd", label: "how much this varies", unit: "ms", step: 5, lo: 0, hi: 5000 },
      { name: "flight_p90", label: "1 in 10 are longer than", unit: "ms", step: 5, lo: 0, hi: 5000 },
      { name: "pauses", label: "pauses", unit: "count", step: 1, lo: 0, hi: 3 },
      { name: "bursts", label: "fast bursts of typing", unit: "count", step: 1, lo: 0, hi: 50 },
    ],
  },
  activity: {
    number: 3, dtype: "f4", scale: 1, rateHz: 1, backends: [],
    title: "Activity", inline: "activity", stays: "Which other pages you look at stays here.",
    channels: [
      { name: "visible", label: "page visible", unit: "share", step: 0.001, lo: 0, hi: 1 },
      { name: "focused", label: "page in front", unit: "share", step: 0.001, lo: 0, hi: 1 },
      { name: "fullscreen", label: "full screen", unit: "share", step: 0.001, lo: 0, hi: 1 },
      { name: "blurs", label: "times you left the page", unit: "count", step: 1, lo: 0, hi: 20 },
    ],
  },
  face: {
    number: 4, dtype: "f4", scale: 1, rateHz: 10, backends: ["human", "face_mesh", "openface"],
    title: "Camera", inline: "camera", stays: "Your picture stays here.",
    channels: [
      { name: "au01", label: "inner brows up", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au02", label: "outer brows up", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au04", label: "brows down", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au05", label: "upper lids up", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au06", label: "cheeks up", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au07", label: "lids tight", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au09", label: "nose wrinkled", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au10", label: "upper lip up", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au12", label: "mouth corners up", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au14", label: "mouth corners in", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au15", label: "mouth corners down", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au17", label: "chin up", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au20", label: "mouth wide", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au23", label: "lips tight", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au25", label: "lips apart", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au26", label: "jaw down", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au28", label: "lips in", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au45", label: "eyes closed", unit: "intensity", step: 0.01, lo: 0, hi: 5 },
      { name: "au01_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au02_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au04_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au05_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au06_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au07_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au09_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au10_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au12_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au14_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au15_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au17_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au20_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au23_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au25_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au26_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au28_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "au45_confidence", unit: "confidence", step: 0.01, lo: 0, hi: 1 },
      { name: "yaw", label: "head turned", unit: "rad", step: 0.001, lo: -1.6, hi: 1.6 },
      { name: "pitch", label: "head up or down", unit: "rad", step: 0.001, lo: -1.6, hi: 1.6 },
      { name: "roll", label: "head tilted", unit: "rad", step: 0.001, lo: -1.6, hi: 1.6 },
      { name: "x", label: "head to the side", unit: "face widths", step: 0.001, lo: -10, hi: 10 },
      { name: "y", label: "head higher or lower", unit: "face widths", step: 0.001, lo: -10, hi: 10 },
      { name: "z", label: "head near or far", unit: "face widths", step: 0.001, lo: -10, hi: 10 },
      { name: "blink", label: "blinking", unit: "share", step: 0.001, lo: 0, hi: 1 },
      { name: "quality", label: "picture quality", unit: "quality", step: 0.01, lo: 0, hi: 1 },
    ],
  },
  gaze: {
    number: 5, dtype: "f4", scale: 1, rateHz: 10, backends: ["human", "face_mesh", "openface"],
    title: "Gaze", inline: "gaze", stays: "Your picture stays here.",
    channels: [
      { name: "left_x", label: "left eye, sideways", unit: "unit vector", step: 0.001, lo: -1, hi: 1 },
      { name: "left_y", label: "left eye, up and down", unit: "unit vector", step: 0.001, lo: -1, hi: 1 },
      { name: "left_z", label: "left eye, ahead", unit: "unit vector", step: 0.001, lo: -1, hi: 1 },
      { name: "right_x", label: "right eye, sideways", unit: "unit vector", step: 0.001, lo: -1, hi: 1 },
      { name: "right_y", label: "right eye, up and down", unit: "unit vector", step: 0.001, lo: -1, hi: 1 },
      { name: "right_z", label: "right eye, ahead", unit: "unit vector", step: 0.001, lo: -1, hi: 1 },
      { name: "on_screen", label: "how likely you are looking at the screen", unit: "share", step: 0.001, lo: 0, hi: 1 },
      { name: "quality", label: "picture quality", unit: "quality", step: 0.01, lo: 0, hi: 1 },
    ],
  },
  rppg: {
    number: 6, dtype: "f4", scale: 1, rateHz: 1, backends: ["human", "face_mesh"],
    title: "Heart rate from skin colour", inline: "heart rate from skin colour", stays: "Your picture and the colour of your skin stay here.",
    channels: [
      { name: "hr", label: "heart rate", unit: "bpm", step: 0.1, lo: 40, hi: 180 },
      { name: "snr", label: "how clear the pulse is", unit: "dB", step: 0.1, lo: -30, hi: 40 },
      { name: "disagreement", label: "difference between two ways to count", unit: "bpm", step: 0.1, lo: 0, hi: 150 },
      { name: "quality", label: "how sure", unit: "quality", step: 0.01, lo: 0, hi: 1 },
    ],
  },
  heart: {
    number: 7, dtype: "f4", scale: 1, rateHz: 0, backends: ["bluetooth", "empatica_e4"],
    title: "Heart rate", inline: "heart rate",
    channels: [
      { name: "t", label: "time", unit: "s", step: 0.001, lo: 0, hi: 43200 },
      { name: "hr", label: "heart rate", unit: "bpm", step: 0.1, lo: 20, hi: 250 },
      { name: "rr", label: "time between beats", unit: "ms", step: 1, lo: 300, hi: 2000 },
      { name: "contact", label: "touches the skin", unit: "share", step: 0.001, lo: 0, hi: 1 },
    ],
  },
  ppg: {
    number: 8, dtype: "i2", scale: 1, rateHz: null, backends: ["polar_verity", "shimmer3", "empatica_e4", "lsl"],
    title: "Pulse", inline: "pulse",
    channels: [
      { name: "ppg", label: "light through the skin", unit: "device units", step: 1, lo: -8388607, hi: 8388607 },
    ],
  },
  ecg: {
    number: 9, dtype: "i2", scale: 1, rateHz: 130, backends: ["polar_h10", "lsl"],
    title: "Heart current", inline: "heart current",
    channels: [
      { name: "ecg", label: "heart current", unit: "µV", step: 1, lo: -32767, hi: 32767 },
    ],
  },
  eda: {
    number: 10, dtype: "f4", scale: 1, rateHz: null, backends: ["shimmer3", "empatica_e4", "lsl"],
    title: "Skin moisture", inline: "skin moisture",
    channels: [
      { name: "eda", label: "how well the skin conducts", unit: "µS", step: 0.001, lo: 0, hi: 100 },
    ],
  },
  layout: {
    number: 11, dtype: "f4", scale: 1, rateHz: 0, backends: [],
    title: "Page layout", inline: "page layout", stays: "The text in the boxes stays here.",
    channels: [
      { name: "t", label: "time", unit: "s", step: 0.001, lo: 0, hi: 43200 },
      { name: "x", label: "box from the left", unit: "share", step: 0.01, lo: 0, hi: 1 },
      { name: "y", label: "box from the top", unit: "share", step: 0.01, lo: 0, hi: 1 },
      { name: "w", label: "box width", unit: "share", step: 0.01, lo: 0, hi: 1 },
      { name: "h", label: "box height", unit: "share", step: 0.01, lo: 0, hi: 1 },
      { name: "kind", label: "type of box, as a number", unit: "code", step: 1, lo: 0, hi: 255 },
      { name: "r", label: "red", unit: "share", step: 0.01, lo: 0, hi: 1 },
      { name: "g", label: "green", unit: "share", step: 0.01, lo: 0, hi: 1 },
      { name: "b", label: "blue", unit: "share", step: 0.01, lo: 0, hi: 1 },
      { name: "text_length", label: "about how many letters of the course are in it", unit: "count", step: 20, lo: 0, hi: 10000 },
    ],
  },
  acc: {
    number: 12, dtype: "i2", scale: 1, rateHz: null, backends: ["polar_h10", "polar_verity", "empatica_e4", "lsl"],
    title: "Movement", inline: "movement",
    channels: [
      { name: "x", label: "movement, sideways", unit: "mg", step: 1, lo: -32767, hi: 32767 },
      { name: "y", label: "movement, lengthways", unit: "mg", step: 1, lo: -32767, hi: 32767 },
      { name: "z", label: "movement, up", unit: "mg", step: 1, lo: -32767, hi: 32767 },
    ],
  },
  temp: {
    number: 13, dtype: "f4", scale: 1, rateHz: 4, backends: ["empatica_e4", "lsl"],
    title: "Skin temperature", inline: "skin temperature",
    channels: [
      { name: "temp", label: "skin temperature", unit: "°C", step: 0.01, lo: 10, hi: 50 },
    ],
  },
  eeg: {
    number: 14, dtype: "i2", scale: 1, rateHz: null, backends: ["lsl"],
    title: "Brain current", inline: "brain current",
    channels: [
    ],
  },
});
