// Tells the server what is looked at. Nothing waits for it, and nothing is lost where it does not hear.
import { ApiError, Unreachable } from '../wire/api';

export async function openUp(tell: () => Promise<null>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
  }
}
