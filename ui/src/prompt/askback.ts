// Asking back before a long text. A question never holds anything up: without an answer in time it is written as it stands.
import { prefs } from '../state/prefs.svelte';
import { api, ApiError, Unreachable } from '../wire/api';
import type { BriefFields, Question } from '../wire/prompttypes';
import { asked } from './brief';

const PATIENCE_MS = 1_500;

export interface Order {
  article?: boolean;
  format?: 'prose' | 'code';
  words?: number;
  /** The writer wants to be asked: of a short text too, and whatever the setting says. */
  anyway?: boolean;
}

/** What should be asked first; nothing where the setting is off or nothing is missing. */
export async function questionsFor(fields: BriefFields, order: Order = {}): Promise<Question[]> {
  if (!prefs.askBack && !order.anyway) return [];
  const none = new Promise<Question[]>((resolve) => setTimeout(() => resolve([]), PATIENCE_MS));
  return Promise.race([ask(fields, order), none]);
}

async function ask(fields: BriefFields, order: Order): Promise<Question[]> {
  try {
    return (await api.questions({ ...asked(fields), ...order })).questions;
  } catch (error) {
    if (error instanceof ApiError || error instanceof Unreachable) return [];
    throw error;
  }
}
