// One phrase for what the machine is doing.
import type { Status } from '../wire/types';
import { number, t } from './i18n.svelte';

export type Tone = 'good' | 'busy' | 'warn' | 'bad';

export function stateWords(status: Status): string {
  const { engine, bringup } = status;
  if (engine.remote && engine.state === 'failed')
    return t(engine.problem?.code === 'remote_away' ? 'ui.remote.failed' : 'ui.remote.unusable');
  if (engine.remote && engine.state === 'starting') return t('ui.remote.starting');
  if (['ready', 'busy', 'asleep', 'failed'].includes(engine.state)) return t(`ui.engine.${engine.state}`);
  if (bringup.step === 'downloading') {
    const download = status.downloads.find((d) => d.model === bringup.model) ?? status.downloads[0];
    const share = download?.total_bytes ? download.received_bytes / download.total_bytes : null;
    return share === null
      ? t('ui.bringup.downloading')
      : t('ui.bringup.downloading_share', { percent: number(Math.floor(share * 100)) });
  }
  if (bringup.step !== 'ready') return t(`ui.bringup.${bringup.step}`);
  return t(`ui.engine.${engine.state}`);
}

export function tone(status: Status | null, reachable: boolean): Tone {
  if (!reachable || !status) return 'warn';
  if (status.engine.state === 'failed' || (status.bringup.step === 'failed' && status.engine.state !== 'ready')) return 'bad';
  if (status.engine.state === 'ready' || status.engine.state === 'asleep') return 'good';
  return status.engine.state === 'busy' ? 'busy' : 'warn';
}
