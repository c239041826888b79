import { LabError } from '@shared/model/errors';
import type { HostProfile } from '@shared/model/host-profile';
import { HOSTS } from '@shared/model/hosts';
import { vmRecordSchema, type Notice, type VirtualSwitch, type VmRecord } from '@shared/model/inventory';
import type { Reservation } from '../../worker/machines';
import type { Change, ChangeStore, Patch, StoreNotice } from './change';
import {
  hostDocumentSchema,
  switchesDocumentSchema,
  vmDocument,
  type HostDocument,
  type SwitchesDocument,
} from './documents';
import { onto } from './rebase';
import { UndoHistory } from './undo-history';

const NOTHING_TO_RESERVE: Reservation = { take: () => undefined, release: () => undefined };

/**
 * The inventory of the simulated host: the one truth about machines, switches and host settings. It changes only by
 * `apply`, which makes the change durable before anybody sees it.
 */
export class Inventory {
  revision = 0;
  private readonly documents: Map<string, unknown>;
  private readonly history: UndoHistory;
  private readonly readOnly = new Set<string>();
  private notices: Notice[];
  private readonly listeners: (() => void)[] = [];
  private reserve: (change: Change) => Reservation = () => NOTHING_TO_RESERVE;

  /** @param initial documents of a new inventory; used for those that the store does not have */
  constructor(
    private readonly store: ChangeStore,
    initial: ReadonlyMap<string, unknown>,
  ) {
    const { documents, notices, history } = store.load();
    this.documents = documents;
    this.history = new UndoHistory(history);
    this.notices = notices.map(toNotice);
    for (const { code, document } of notices) if (code === 'documentNewer') this.readOnly.add(document);
    const missing = [...initial].filter(([name]) => !documents.has(name));
    if (missing.length > 0)
      this.record(
        'initialize',
        missing.map(([document, after]) => ({ document, before: null, after })),
      );
  }

  onChanged(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Whoever must be ready before a change becomes durable: `reserve` is asked for each change, of a command, of Undo and of
   * a record alike, and may refuse it by throwing; then nothing has happened.
   */
  onReserve(reserve: (change: Change) => Reservation): void {
    this.reserve = reserve;
  }

  get hostDocument(): HostDocument {
    return hostDocumentSchema.parse(this.documents.get('host'));
  }

  get host(): HostProfile {
    return HOSTS[this.hostDocument.hostId];
  }

  get switches(): readonly VirtualSwitch[] {
    return switchesDocumentSchema.parse(this.documents.get('switches')).switches;
  }

  /** Machines in order of creation. */
  get vms(): VmRecord[] {
    const records = [...this.documents]
      .filter(([name]) => name.startsWith('vm-'))
      .map(([, document]) => vmRecordSchema.parse(document));
    return records.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
  }

  /** The machine with this id; throws `notFound`. */
  vm(id: string): VmRecord {
    const document = this.documents.get(vmDocument(id));
    if (!document) throw new LabError('notFound', { id });
    return vmRecordSchema.parse(document);
  }

  /** Carries out a command: durable when this returns. It can be undone, and what was undone before is forgotten. */
  apply(command: string, patches: readonly Patch[]): void {
    this.commit({ command, role: 'command', patches });
  }

  /** A change that is no person's command (a MAC address taken at start): durable, but not for the Undo menu. */
  record(command: string, patches: readonly Patch[]): void {
    this.commit({ command, role: 'record', patches });
  }

  /** Patch that replaces a machine's record. */
  patchVm(before: VmRecord | null, after: VmRecord | null): Patch {
    return { document: vmDocument((after ?? before)?.id ?? ''), before, after };
  }

  patchHost(after: HostDocument): Patch {
    return { document: 'host', before: this.hostDocument, after };
  }

  patchSwitches(after: SwitchesDocument): Patch {
    return { document: 'switches', before: { switches: [...this.switches] }, after };
  }

  get canUndo(): string | null {
    return this.history.next.undo?.command ?? null;
  }

  get canRedo(): string | null {
    return this.history.next.redo?.command ?? null;
  }

  /**
   * The change that Undo (or Redo) would carry out, adjusted by `guard`, which may refuse by throwing. Nothing has
   * happened when it throws.
   */
  undo(guard: (change: Change) => void): void {
    this.step('undo', guard);
  }

  redo(guard: (change: Change) => void): void {
    this.step('redo', guard);
  }

  private step(role: 'undo' | 'redo', guard: (change: Change) => void): void {
    const inverse = this.rebase(this.history.take(role));
    guard(inverse);
    this.commit(inverse);
  }

  /** Documents may have changed by records since (a MAC address was taken, a guest ejected its disc): that stays as it is now. */
  private rebase({ patches, ...change }: Change): Change {
    return { ...change, patches: patches.map((patch) => onto(this.documents.get(patch.document) ?? null, patch)) };
  }

  private commit(change: Change): void {
    const locked = change.patches.find(({ document }) => this.readOnly.has(document));
    if (locked) throw new LabError('readOnlyDocument', { document: locked.document });
    const reservation = this.reserve(change);
    try {
      this.store.commit(change);
    } catch (error) {
      reservation.release();
      throw error;
    }
    this.history.add(change);
    for (const { document, after } of change.patches) {
      if (after === null) this.documents.delete(document);
      else this.documents.set(document, after);
    }
    this.touch(); // the engine has the new switches before machines are connected to them
    reservation.take();
  }

  get allNotices(): readonly Notice[] {
    return this.notices;
  }

  /** Tells a person something that happened when nobody had asked. The same id again replaces it. */
  addNotice(notice: Notice): void {
    this.notices = [...this.notices.filter(({ id }) => id !== notice.id), notice];
    this.touch();
  }

  dismissNotice(id: string): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
    this.touch();
  }

  /** Something that a snapshot shows has changed, in documents or in running machines. */
  touch(): void {
    this.revision++;
    for (const listener of this.listeners) listener();
  }
}

function toNotice({ code, document, file }: StoreNotice): Notice {
  return { id: `${code}:${file}`, code, params: { document, file } };
}
