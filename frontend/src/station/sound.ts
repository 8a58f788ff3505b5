// A sound for every scan, told apart without looking: one short high note
// (good), two equal short ones (again: harmless), two low long ones (wrong:
// stop), a falling pair (goes back to the department). Nothing is loaded: the
// browser draws the tones. A browser may keep quiet until the page was touched;
// then blocked() says so, and the page shows how to let it sound.
import type { StationScan } from "@/api/types";

export type ScanResult = StationScan["result"];

/** One note: pitch, start and length in milliseconds. */
export interface Note {
  hz: number;
  at: number;
  ms: number;
  wave: OscillatorType;
}

export const NOTES: Record<ScanResult, readonly Note[]> = {
  ok: [{ hz: 1480, at: 0, ms: 90, wave: "sine" }],
  again: [
    { hz: 990, at: 0, ms: 70, wave: "sine" },
    { hz: 990, at: 120, ms: 70, wave: "sine" },
  ],
  wrong: [
    { hz: 220, at: 0, ms: 230, wave: "square" },
    { hz: 196, at: 300, ms: 330, wave: "square" },
  ],
  return: [
    { hz: 880, at: 0, ms: 150, wave: "triangle" },
    { hz: 587, at: 190, ms: 240, wave: "triangle" },
  ],
};

// A quick hand scans faster than tones are long: what is wrong is never left
// out, and of the rest only the newest are heard.
const MOST = 3;
const GAP_MS = 60;

/** What is heard of several scans that came together, in their order. */
export function heard(results: readonly ScanResult[]): ScanResult[] {
  if (results.length <= MOST) return [...results];
  const bad = results.filter((one) => one === "wrong" || one === "return").slice(-MOST);
  const rest = MOST - bad.length;
  return [...bad, ...(rest > 0 ? results.filter((one) => one === "ok" || one === "again").slice(-rest) : [])];
}

export interface Sounder {
  play(results: readonly ScanResult[]): void;
  /** After a touch: browsers allow sound only then. */
  wake(): void;
  blocked(): boolean;
  stop(): void;
}

export function createSounder(make: () => AudioContext | undefined = newContext): Sounder {
  const context = make();
  let free = 0; // when the tones that were asked for have ended
  return {
    play(results) {
      // What could not be heard in its moment is not heard later either.
      if (!context || context.state === "suspended") return;
      let start = Math.max(context.currentTime, free);
      for (const result of heard(results)) {
        const notes = NOTES[result] ?? NOTES.wrong;
        for (const note of notes) sound(context, note, start);
        const last = notes[notes.length - 1];
        start += ((last ? last.at + last.ms : 0) + GAP_MS) / 1000;
      }
      free = start;
    },
    wake: () => void context?.resume().catch(() => undefined),
    blocked: () => context?.state === "suspended",
    stop: () => void context?.close().catch(() => undefined),
  };
}

function newContext(): AudioContext | undefined {
  try {
    return new AudioContext();
  } catch {
    return undefined; // no sound card: the colours and words remain
  }
}

function sound(context: AudioContext, note: Note, start: number): void {
  const from = start + note.at / 1000;
  const until = from + note.ms / 1000;
  const volume = note.wave === "square" ? 0.22 : 0.5;
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(volume, from + 0.008);
  gain.gain.setValueAtTime(volume, until - 0.02);
  gain.gain.linearRampToValueAtTime(0, until);
  gain.connect(context.destination);
  const tone = context.createOscillator();
  tone.type = note.wave;
  tone.frequency.value = note.hz;
  tone.connect(gain);
  tone.start(from);
  tone.stop(until);
}
