// A calm line about what was just done, with one thing that can still be done about it: undo it, or go and see. It leaves by itself.
import type { Problem } from '../wire/types';
import { problemOf } from './problems';

const SHOWN_MS = 10_000;

interface Offer {
  words: string;
  label: string;
  act: () => Promise<void> | void;
  /** What has the focus then, as a selector; nothing where another page opens. */
  place?: string;
}

class Offers {
  now = $state.raw<Offer | null>(null);
  /** Why it could not be done. */
  problem = $state.raw<Problem | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(offer: Offer): void {
    this.problem = null;
    this.now = offer;
    this.leave();
  }

  async take(): Promise<void> {
    const offer = this.now;
    if (offer && (await this.attempt(offer.act)) && this.now === offer) this.close();
  }

  /** Does something, and says so where it could not be done. */
  async attempt(act: () => Promise<void> | void): Promise<boolean> {
    this.hold();
    try {
      await act();
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.leave();
    }
  }

  /** Says what was not done, for a while. */
  complain(problem: Problem): void {
    this.problem = problem;
    this.leave();
  }

  close(): void {
    this.hold();
    this.now = null;
    this.problem = null;
  }

  /** It stays for who is about to take it. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  leave(): void {
    this.hold();
    this.#timer = setTimeout(() => this.close(), SHOWN_MS);
  }
}

export const offers = new Offers();
