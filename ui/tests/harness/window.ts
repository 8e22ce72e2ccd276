// The type of `window.harness` for the tests that call it.
import type { Harness } from './harness.ts';

declare global {
  interface Window {
    harness: Harness;
  }
}
