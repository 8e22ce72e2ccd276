// The wire of what happens before a message is sent: fields, preview, questions, parameters.
import type { Cost } from './costtypes';

export interface BriefFields {
  role: string;
  task: string;
  audience: string;
  requirements: string;
  structure: string;
  example: string;
  format: string;
  language: string;
  words: number | null;
  text: string;
}

export const PARAMETERS = [
  'max_new_tokens',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'repetition_penalty',
  'presence_penalty',
  'seed',
] as const;
export type ParameterName = (typeof PARAMETERS)[number];
export type Sampling = Record<ParameterName, number | null>;

export interface Settings {
  preset?: string;
  sampling?: Partial<Sampling>;
}

export type Asked = { text: string } | { brief: BriefFields };

/** A message on its way: text or fields, and how it is to be answered. */
export type Outgoing = Asked & Settings;

export interface Mend {
  code: string;
  label: string;
  fields: Partial<BriefFields>;
  sampling: Partial<Sampling>;
}

export interface Warning {
  code: string;
  text: string;
  params: Record<string, string | number>;
  field: keyof BriefFields | '';
  /** Each of them mends it. */
  mends: Mend[];
}

export interface Constraint {
  kind: string;
  text: string;
  conflicts_with: number[];
}

export interface Said {
  role: 'system' | 'user' | 'assistant';
  text: string;
}

export interface Preview extends Cost {
  /** None where it would be refused as it stands; the first warning says why. */
  messages: Said[];
  dropped: Said[];
  prompt: string | null;
  engine: string;
  constraints: Constraint[];
  unlisted: string;
  warnings: Warning[];
  preset: string | null;
}

export interface Question {
  code: string;
  text: string;
  label: string;
  answers: string[];
  field: 'audience' | 'words' | 'requirements';
}

export interface Preset {
  id: string;
  name: string;
  note: string;
  sampling: Sampling;
}

export interface Parameter {
  name: ParameterName;
  text: string;
  low: number;
  high: number;
  safe_low: number;
  safe_high: number;
  step: number;
  whole: boolean;
}

export interface Presets {
  default: string;
  presets: Preset[];
  parameters: Parameter[];
}
