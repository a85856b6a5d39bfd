// A new grade A alarm rings once. Made by the browser, no sound file.
import { muted } from '../shared/prefs.ts';

let context: AudioContext | null = null;

export function ring(): void {
  if (muted.value) return;
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') return; // nobody has touched the page yet: browsers forbid sound
    const tone = context.createOscillator(), volume = context.createGain();
    const at = context.currentTime;
    tone.frequency.setValueAtTime(880, at);
    tone.frequency.setValueAtTime(660, at + 0.16);
    volume.gain.setValueAtTime(0.12, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.42);
  } catch { /* a machine without sound shows the alarm all the same */ }
}
export function allowSound(): void {
  if (context?.state === 'suspended') void context.resume();
  else if (!context) try { context = new AudioContext(); } catch { context = null; }
}
