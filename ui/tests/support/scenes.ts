// Every state of the page that matters to who looks at it: how one gets there, with the scripted server. Each begins on a fresh page.
import { articleScenes } from './articlescenes.ts';
import { deskScenes } from './deskscenes.ts';
import { libraryScenes } from './libraryscenes.ts';
import type { Desk } from './page.ts';

export interface Scene {
  name: string;
  /** Leads the page there, and waits until it is. */
  open: (desk: Desk) => Promise<unknown>;
  /** It is there only on a narrow screen. */
  phone?: true;
  /** It is there only on a wide one. */
  wide?: true;
}

export const SCENES: Scene[] = [...deskScenes, ...libraryScenes, ...articleScenes];
