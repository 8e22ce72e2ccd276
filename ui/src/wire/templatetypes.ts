// The wire of templates, and the pure part of them: which variables a brief has, and how a text is cut at them.
export type TemplateKind = 'conversation' | 'article';
export type Preset = 'chat' | 'qa' | 'creative' | 'code' | 'long';
export const PRESETS: Preset[] = ['chat', 'qa', 'creative', 'code', 'long'];
export const KINDS: TemplateKind[] = ['conversation', 'article'];

/** The texts of a brief in the order in which it says them. */
export const PARTS = ['role', 'task', 'audience', 'requirements', 'structure', 'example', 'format', 'text'] as const;
export type Part = (typeof PARTS)[number];
export type Brief = Record<Part | 'language', string> & { words: number | null };

export interface Variable {
  name: string;
  default: string;
  hint: string;
}

export interface TemplateDraft {
  name: string;
  description: string;
  category: string;
  language: 'zh' | 'en';
  kind: TemplateKind;
  preset: Preset;
  brief: Brief;
  variables: Variable[];
}

export interface Template extends TemplateDraft {
  id: string;
  builtin: boolean;
  created_at: number | null;
  updated_at: number | null;
}

export interface Filled {
  brief: Brief;
  text: string;
  missing: string[];
  language: 'zh' | 'en';
  kind: TemplateKind;
  preset: Preset;
}

/** As the server knows a variable: a letter first, then letters, digits, spaces, `_` or `-`, 40 characters at most. */
const VARIABLE = /\{\{[ \t]*(\p{L}[\p{L}\p{N}_ -]{0,39}?)[ \t]*\}\}/gu;

export function variablesIn(brief: Brief): string[] {
  return [...new Set(PARTS.flatMap((part) => [...brief[part].matchAll(VARIABLE)].map((match) => match[1] ?? '')))];
}

/** The text in pieces: every other one is a variable that nothing has filled. */
export function pieces(text: string): string[] {
  return text.split(VARIABLE);
}

export function blankTemplate(language: 'zh' | 'en', brief: Brief): TemplateDraft {
  return { name: '', description: '', category: '', language, kind: 'conversation', preset: 'chat', brief, variables: [] };
}
