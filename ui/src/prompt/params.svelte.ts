// Parameters of the open conversation: a preset and what was changed in it, kept in this browser and sent with each message.
import { t } from '../state/i18n.svelte';
import { dropStored, moveStored, readStored, writeStored } from '../state/prefs.svelte';
import { api, ApiError, Unreachable } from '../wire/api';
import { PARAMETERS, type Parameter, type ParameterName, type Presets, type Sampling, type Settings } from '../wire/prompttypes';

const KEY = (conversation: string | null) => `hanmo.params.${conversation ?? 'new'}`;

interface Stored {
  preset: string | null;
  changes: Partial<Sampling>;
  /** Presets that were suggested and not wanted. */
  refused: string[];
}

class Params {
  /** The truth is the server's; null until it came. */
  known = $state.raw<Presets | null>(null);
  preset = $state<string | null>(null);
  changes = $state.raw<Partial<Sampling>>({});
  refused = $state.raw<string[]>([]);
  #conversation: string | null = null;
  #wanted = '';
  #loaded = '';

  /** What stands for no choice where it is another than the server's default. */
  #usual = $state<string | null>(null);

  readonly #default = $derived(this.#usual ?? this.known?.default);
  readonly chosen = $derived(this.known?.presets.find((one) => one.id === (this.preset ?? this.#default)) ?? null);
  readonly count = $derived(Object.keys(this.changes).length);
  /** In short: the preset, and how much is changed in it. */
  readonly summary = $derived(
    (this.chosen?.name ?? t('ui.params')) + (this.count > 0 ? ` · ${t('ui.params.changed', { n: this.count })}` : ''),
  );

  /** Reads what there is to set, in the language of the page. */
  async load(language: string): Promise<void> {
    if (this.#loaded === language) return;
    this.#wanted = language;
    const known = await api.presets();
    if (this.#wanted !== language) return;
    this.known = known;
    this.#loaded = language;
  }

  /** As `load`, for what can do without. */
  async maybeLoad(language: string): Promise<void> {
    try {
      await this.load(language);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    }
  }

  show(conversation: string | null, usual: string | null = null): void {
    this.#conversation = conversation;
    this.#usual = usual;
    const stored = readStored<Partial<Stored>>(KEY(conversation), {});
    this.preset = stored.preset ?? null;
    this.changes = stored.changes ?? {};
    this.refused = stored.refused ?? [];
  }

  /** The settings of the empty desk become those of the conversation that was made there. */
  moveTo(conversation: string): void {
    if (this.#conversation !== null) return moveStored(KEY(null), KEY(conversation));
    this.#conversation = conversation;
    const { preset, changes, refused } = this;
    dropStored(KEY(null), { preset, changes, refused } satisfies Stored); // another tab may have others by now
    this.#keep();
  }

  use(preset: string): void {
    this.preset = preset === this.#default ? null : preset;
    this.changes = {};
    this.#keep();
  }

  refuse(preset: string): void {
    this.refused = [...this.refused, preset];
    this.#keep();
  }

  value(name: ParameterName): number | null {
    const own = this.changes[name];
    return own === undefined ? (this.chosen?.sampling[name] ?? null) : own;
  }

  /** A value is brought into what is allowed; the preset's own value is no change. */
  set(parameter: Pick<Parameter, 'name' | 'low' | 'high' | 'whole'>, value: number | null): void {
    const { name, low, high, whole } = parameter;
    const allowed = value === null ? null : Math.min(high, Math.max(low, whole ? Math.round(value) : value));
    this.change({ [name]: allowed });
  }

  change(values: Partial<Sampling>): void {
    const changes = { ...this.changes, ...values };
    const kept = PARAMETERS.filter((name) => {
      const value = changes[name];
      return value !== undefined && value !== this.chosen?.sampling[name] && (value !== null || name === 'seed');
    });
    this.changes = Object.fromEntries(kept.map((name) => [name, changes[name]]));
    this.#keep();
  }

  reset(name?: ParameterName): void {
    this.changes = name === undefined ? {} : Object.fromEntries(Object.entries(this.changes).filter(([key]) => key !== name));
    this.#keep();
  }

  clear(): void {
    this.preset = null;
    this.changes = {};
    this.refused = [];
    this.#keep();
  }

  /** What is sent with a message: nothing where nothing was chosen. */
  settings(): Settings {
    return { ...(this.preset ? { preset: this.preset } : {}), ...(this.count > 0 ? { sampling: this.changes } : {}) };
  }

  /** The same with the usual preset by its name, for where no choice would stand for another one. */
  named(): Settings {
    return { ...(this.chosen ? { preset: this.chosen.id } : {}), ...this.settings() };
  }

  #keep(): void {
    const { preset, changes, refused } = this;
    const nothing = preset === null && this.count === 0 && refused.length === 0;
    writeStored(KEY(this.#conversation), nothing ? null : ({ preset, changes, refused } satisfies Stored));
  }
}

export const params = new Params();
