import type { LifeMachine } from './machine';

/** Time in which all that was begun comes to its end, microseconds. */
const SETTLE = 5_000;
/** Connections that a server has while it lives: messages on 1 and 4, signals of old guests on 2. */
const FIXED = { messages: [1, 4], events: [2] };

/** Ways in which a sequence may end, each with what must be left then. */
export type Ending = 'orderly' | 'reset' | 'removal';

export const ENDINGS: readonly Ending[] = ['orderly', 'reset', 'removal'];

/** The guest closes and takes back everything, and leaves the bus. Returns what it did not get back. */
function leaveOrderly(machine: LifeMachine): string | null {
  const { client, kernel } = machine;
  if (!client.connected) return null;
  for (const device of machine.devices) device.refuses = false;
  for (const { relid } of client.save().channels) client.closeChannel(relid);
  for (const [relid, { buffers }] of machine.drivers) for (const { gpadl } of buffers) client.unshare(relid, gpadl);
  machine.advance(SETTLE);
  const { channels, gpadls, synic, interruptPage, monitorPages, otherPages } = client.save();
  if (channels.length + gpadls.length > 0)
    return `the guest still has ${channels.length} channels, ${gpadls.length} GPADLs`;
  const { bus } = machine;
  if (bus.gpadls.length > 0) return `${bus.gpadls.length} GPADLs are left after an orderly end`;
  if (bus.channels.some(({ phase }) => phase !== 'closed')) return 'a channel is not closed after an orderly end';
  const placed = Object.values(synic.pages ?? {}).filter((page) => page !== null).length;
  const own = placed + 2 * otherPages.length + (interruptPage === null ? 0 : 1) + (monitorPages === null ? 0 : 2);
  if (kernel.pages.used !== own) return `${kernel.pages.used - own} pages of the guest are lost`;
  client.unload();
  machine.advance(SETTLE);
  return kernel.pages.used === 0 ? null : `${kernel.pages.used} pages of the guest are lost by unloading`;
}

function removeAll(machine: LifeMachine): void {
  for (const device of [...machine.devices]) machine.removeDevice(device);
  machine.advance(SETTLE);
}

/** Ends the life of a machine's bus and says what is left that should not be, or null. */
export function end(machine: LifeMachine, ending: Ending): string | null {
  machine.advance(SETTLE);
  const wrong = ending === 'orderly' ? leaveOrderly(machine) : null;
  if (wrong) return wrong;
  if (ending === 'reset') machine.reset();
  removeAll(machine);
  return leftover(machine) ?? strays(machine);
}

function leftover({ rig, bus, client }: LifeMachine): string | null {
  if (bus.gpadls.length > 0) return `GPADLs are left: ${bus.gpadls.map(({ id }) => id.toString(16)).join(' ')}`;
  if (bus.channels.length > 0)
    return `ids are left: ${bus.channels.map(({ relid, phase }) => `${relid} ${phase}`).join(', ')}`;
  if (bus.outbox.length > 0) return `${bus.outbox.length} messages were never sent`;
  if (client.connected && client.offers.length > 0) return `the guest still sees ${client.offers.length} offers`;
  const ids = rig.partition.connections.ids();
  if (ids.messages.join() !== FIXED.messages.join() || ids.events.join() !== FIXED.events.join())
    return `connections are left: ${ids.messages.join()} ${ids.events.join()}`;
  return null;
}

/** Alarms of channels that are gone, or anything armed in a machine where nothing goes on. */
function strays({ world, name, rig }: LifeMachine): string | null {
  const alarms = world.clock.names().filter((alarm) => alarm.startsWith(`${name}/vmbus/`));
  if (alarms.length > 0) return `alarms are left: ${alarms.join(' ')}`;
  const { armed } = rig.time.save();
  return armed.length > 0 ? `armed for ever: ${armed.map((alarm) => alarm.name).join(' ')}` : null;
}

/** A machine beside it that must not notice: it sends a packet and gets it back. */
export class Witness {
  private seen = 0;

  constructor(readonly machine: LifeMachine) {
    machine.addDevice(0);
    machine.startKernel(0x5_0003);
    machine.advance(SETTLE);
    machine.client.openChannel(1, { sendPages: 2, receivePages: 2 });
    machine.advance(SETTLE);
  }

  /** True while it is alive. */
  isWell(): boolean {
    this.machine.send(1, 64);
    this.machine.advance(SETTLE);
    const packets = this.machine.drivers.get(1)?.packets ?? 0;
    const isAlive = packets === this.seen + 1;
    this.seen = packets;
    return isAlive;
  }
}
