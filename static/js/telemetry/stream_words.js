// @ts-check
/**
 * What the preview says about each Stream and its channels.
 *
 * Made from emotion/streams.json by `manage.py stream_tables`; a test compares them. Words are in
 * the source language: translate them with `t` where they are shown.
 */

/**
 * @typedef {{name: string, label?: string, unit: string}} LabelledChannel
 *   label: missing for the confidence of another channel
 * @typedef {{stays?: string, channels: readonly LabelledChannel[]}} StreamWords
 *   stays: what never leaves the page
 */

/** @type {Readonly<Record<string, StreamWords>>} */
export const STREAM_WORDS = Object.freeze({
  pointer: {
    stays: "Where the pointer is and what is under it stay here.",
    channels: [
      { name: "path", label: "distance the pointer moved", unit: "viewport diagonals" },
      { name: "net", label: "straight-line distance", unit: "viewport diagonals" },
      { name: "straightness", label: "how straight the path is", unit: "ratio" },
      { name: "speed_mean", label: "speed", unit: "diagonals/s" },
      { name: "speed_max", label: "highest speed", unit: "diagonals/s" },
      { name: "turns", label: "changes of direction", unit: "count" },
      { name: "curvature", label: "how much the path curves", unit: "rad/diagonal" },
      { name: "idle_s", label: "time at rest", unit: "s" },
      { name: "clicks", label: "clicks", unit: "count" },
      { name: "rage_clicks", label: "quick repeated clicks in one place", unit: "count" },
      { name: "hesitation_s", label: "pause before a click", unit: "s" },
      { name: "scroll", label: "scrolled", unit: "viewport heights" },
      { name: "scroll_turns", label: "changes of scroll direction", unit: "count" },
    ],
  },
  typing: {
    stays: "Which keys you press and what you write stay here.",
    channels: [
      { name: "chr", label: "number of letters and symbols", unit: "count" },
      { name: "edit", label: "number of delete keys", unit: "count" },
      { name: "nav", label: "number of arrow keys", unit: "count" },
      { name: "ctl", label: "number of other keys", unit: "count" },
      { name: "dwell_mean", label: "how long a key is held", unit: "ms" },
      { name: "dwell_sd", label: "how much this varies", unit: "ms" },
      { name: "dwell_p90", label: "1 in 10 are longer than", unit: "ms" },
      { name: "flight_mean", label: "time between two keys", unit: "ms" },
      { name: "flight_sd", label: "how much this varies", unit: "ms" },
      { name: "flight_p90", label: "1 in 10 are longer than", unit: "ms" },
      { name: "pauses", label: "pauses", unit: "count" },
      { name: "bursts", label: "fast bursts of typing", unit: "count" },
    ],
  },
  activity: {
    stays: "Which other pages you look at stays here.",
    channels: [
      { name: "visible", label: "page visible", unit: "share" },
      { name: "focused", label: "page in front", unit: "share" },
      { name: "fullscreen", label: "full screen", unit: "share" },
      { name: "blurs", label: "times you left the page", unit: "count" },
    ],
  },
  face: {
    stays: "Your picture stays here.",
    channels: [
      { name: "au01", label: "inner brows up", unit: "intensity" },
      { name: "au02", label: "outer brows up", unit: "intensity" },
      { name: "au04", label: "brows down", unit: "intensity" },
      { name: "au05", label: "upper lids up", unit: "intensity" },
      { name: "au06", label: "cheeks up", unit: "intensity" },
      { name: "au07", label: "lids tight", unit: "intensity" },
      { name: "au09", label: "nose wrinkled", unit: "intensity" },
      { name: "au10", label: "upper lip up", unit: "intensity" },
      { name: "au12", label: "mouth corners up", unit: "intensity" },
      { name: "au14", label: "mouth corners in", unit: "intensity" },
      { name: "au15", label: "mouth corners down", unit: "intensity" },
      { name: "au17", label: "chin up", unit: "intensity" },
      { name: "au20", label: "mouth wide", unit: "intensity" },
      { name: "au23", label: "lips tight", unit: "intensity" },
      { name: "au25", label: "lips apart", unit: "intensity" },
      { name: "au26", label: "jaw down", unit: "intensity" },
      { name: "au28", label: "lips in", unit: "intensity" },
      { name: "au45", label: "eyes closed", unit: "intensity" },
      { name: "au01_confidence", unit: "confidence" },
      { name: "au02_confidence", unit: "confidence" },
      { name: "au04_confidence", unit: "confidence" },
      { name: "au05_confidence", unit: "confidence" },
      { name: "au06_confidence", unit: "confidence" },
      { name: "au07_confidence", unit: "confidence" },
      { name: "au09_confidence", unit: "confidence" },
      { name: "au10_confidence", unit: "confidence" },
      { name: "au12_confidence", unit: "confidence" },
      { name: "au14_confidence", unit: "confidence" },
      { name: "au15_confidence", unit: "confidence" },
      { name: "au17_confidence", unit: "confidence" },
      { name: "au20_confidence", unit: "confidence" },
      { name: "au23_confidence", unit: "confidence" },
      { name: "au25_confidence", unit: "confidence" },
      { name: "au26_confidence", unit: "confidence" },
      { name: "au28_confidence", unit: "confidence" },
      { name: "au45_confidence", unit: "confidence" },
      { name: "yaw", label: "head turned", unit: "rad" },
      { name: "pitch", label: "head up or down", unit: "rad" },
      { name: "roll", label: "head tilted", unit: "rad" },
      { name: "x", label: "head to the side", unit: "face widths" },
      { name: "y", label: "head higher or lower", unit: "face widths" },
      { name: "z", label: "head near or far", unit: "face widths" },
      { name: "blink", label: "blinking", unit: "share" },
      { name: "quality", label: "picture quality", unit: "quality" },
    ],
  },
  gaze: {
    stays: "Your picture stays here.",
    channels: [
      { name: "left_x", label: "left eye, sideways", unit: "unit vector" },
      { name: "left_y", label: "left eye, up and down", unit: "unit vector" },
      { name: "left_z", label: "left eye, ahead", unit: "unit vector" },
      { name: "right_x", label: "right eye, sideways", unit: "unit vector" },
      { name: "right_y", label: "right eye, up and down", unit: "unit vector" },
      { name: "right_z", label: "right eye, ahead", unit: "unit vector" },
      { name: "on_screen", label: "how likely you are looking at the screen", unit: "share" },
      { name: "quality", label: "picture quality", unit: "quality" },
    ],
  },
  rppg: {
    stays: "Your picture and the colour of your skin stay here.",
    channels: [
      { name: "hr", label: "heart rate", unit: "bpm" },
      { name: "snr", label: "how clear the pulse is", unit: "dB" },
      { name: "disagreement", label: "difference between two ways to count", unit: "bpm" },
      { name: "quality", label: "how sure", unit: "quality" },
    ],
  },
  heart: {
    channels: [
      { name: "t", label: "time", unit: "s" },
      { name: "hr", label: "heart rate", unit: "bpm" },
      { name: "rr", label: "time between beats", unit: "ms" },
      { name: "contact", label: "touches the skin", unit: "share" },
    ],
  },
  ppg: {
    channels: [
      { name: "ppg", label: "light through the skin", unit: "device units" },
    ],
  },
  ecg: {
    channels: [
      { name: "ecg", label: "heart current", unit: "µV" },
    ],
  },
  eda: {
    channels: [
      { name: "eda", label: "how well the skin conducts", unit: "µS" },
    ],
  },
  layout: {
    stays: "The text in the boxes stays here.",
    channels: [
      { name: "t", label: "time", unit: "s" },
      { name: "x", label: "box from the left", unit: "share" },
      { name: "y", label: "box from the top", unit: "share" },
      { name: "w", label: "box width", unit: "share" },
      { name: "h", label: "box height", unit: "share" },
      { name: "kind", label: "type of box, as a number", unit: "code" },
      { name: "r", label: "red", unit: "share" },
      { name: "g", label: "green", unit: "share" },
      { name: "b", label: "blue", unit: "share" },
      { name: "text_length", label: "about how many letters of the course are in it", unit: "count" },
    ],
  },
  acc: {
    channels: [
      { name: "x", label: "movement, sideways", unit: "mg" },
      { name: "y", label: "movement, lengthways", unit: "mg" },
      { name: "z", label: "movement, up", unit: "mg" },
    ],
  },
  temp: {
    channels: [
      { name: "temp", label: "skin temperature", unit: "°C" },
    ],
  },
  eeg: {
    channels: [
    ],
  },
});
