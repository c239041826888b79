import type { Random } from '@engine/base/random';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { VMBUS_VERSIONS } from '@engine/vmbus/protocol/versions';
import type { LifeMachine } from './machine';
import { halt, interrupt, migrate, moveChannel, placeAssist, placeClock, readTime } from './processor-actions';

/** One thing that may happen in a machine's life. It returns what it found wrong, or null. */
export type Action = (machine: LifeMachine, random: Random) => string | null;

const MOST_DEVICES = 6;
const MOST_SUB_CHANNELS = 3;

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : list[random.below(list.length)];
}

/** An action that finds nothing wrong by itself. */
function plain(act: (machine: LifeMachine, random: Random) => void): Action {
  return (machine, random) => {
    act(machine, random);
    return null;
  };
}

const addDevice = plain((machine, random) => {
  const number = random.below(MOST_DEVICES);
  if (!machine.devices.some((device) => device.number === number)) machine.addDevice(number);
});

const removeDevice = plain((machine, random) => {
  const device = pick(random, machine.devices);
  if (device) machine.removeDevice(device);
});

const addSubChannel = plain((machine, random) => {
  const device = pick(random, machine.devices);
  const channels = machine.bus.channels.filter((channel) => channel.device === device?.offer.name);
  if (device && channels.length <= MOST_SUB_CHANNELS) machine.rig.server.addSubChannel(device);
});

/** A device that refuses, or does so no more. */
const turnMood = plain((machine, random) => {
  const device = pick(random, machine.devices);
  if (device) device.refuses = !device.refuses;
});

const boot = plain((machine, random) => {
  const { phase } = machine.client.save();
  if (phase === 'unloaded' || phase === 'failed') machine.startKernel(pick(random, VMBUS_VERSIONS) ?? 0);
});

const open = plain((machine, random) => {
  const offer = pick(random, machine.client.offers);
  const sizes = { sendPages: 2 + random.below(4), receivePages: 2 + random.below(40), targetVp: 0 };
  if (offer) machine.client.openChannel(offer.relid, sizes);
});

const close = plain((machine, random) => {
  const channel = pick(random, machine.client.save().channels);
  if (channel) machine.client.closeChannel(channel.relid);
});

const share = plain((machine, random) => {
  const [relid, driver] = pick(random, [...machine.drivers]) ?? [];
  if (relid === undefined || !driver || !machine.client.connected) return;
  // a sub-channel is its device's driver's, whatever was there under that id before
  if (!machine.client.offers.some((offer) => offer.relid === relid && offer.subChannelIndex === 0)) return;
  const pages = 1 + random.below(80);
  const gpa = machine.kernel.pages.allocate(pages);
  const gpadl = machine.client.share(relid, gpa, pages * 4096);
  driver.buffers.push({ gpadl, gpa, pages });
});

const unshare = plain((machine, random) => {
  const [relid, driver] = pick(random, [...machine.drivers]) ?? [];
  const buffer = driver && pick(random, driver.buffers);
  if (relid !== undefined && buffer) machine.client.unshare(relid, buffer.gpadl);
});

const send = plain((machine, random) => {
  const channel = pick(random, machine.client.save().channels);
  if (!channel) return;
  for (let left = random.below(20); left > 0; left--) machine.send(channel.relid, random.below(1500));
});

/** The host begins to speak, and does not stop when the ring is full. */
const speak = plain((machine, random) => {
  const [channel] = pick(random, machine.devices)?.channels ?? [];
  const payload = new Uint8Array(random.below(2000));
  for (let left = random.below(12); left > 0; left--) channel?.send({ type: PacketType.InBand, idLow: left, payload });
});

const wait = plain((machine, random) => machine.advance(random.below(200)));

const unload = plain((machine) => machine.client.unload());

const reset = plain((machine) => machine.reset());

const saveAndRestore: Action = (machine) =>
  machine.saveAndRestore() ? null : 'a restored machine saves something else';

/** How many draws of a hundred each has: lives are mostly uneventful. */
const WEIGHTS: readonly (readonly [string, number, Action])[] = [
  ['wait', 24, wait],
  ['send', 10, send],
  ['speak', 5, speak],
  ['open', 14, open],
  ['close', 6, close],
  ['share', 6, share],
  ['unshare', 4, unshare],
  ['add', 8, addDevice],
  ['remove', 4, removeDevice],
  ['sub-channel', 3, addSubChannel],
  ['mood', 1, turnMood],
  ['boot', 4, boot],
  ['unload', 1, unload],
  ['reset', 2, reset],
  ['save', 2, saveAndRestore],
  ['migrate', 1, migrate],
  ['clock', 2, placeClock],
  ['time', 1, readTime],
  ['assist', 1, placeAssist],
  ['interrupt', 2, interrupt],
  ['halt', 2, halt],
  ['move', 1, moveChannel],
];

const TABLE = WEIGHTS.flatMap(([name, weight, act]) => Array.from({ length: weight }, () => ({ name, act })));

/** Lets one thing happen. Returns its name and what was wrong about it. */
export function act(machine: LifeMachine, random: Random): { readonly name: string; readonly wrong: string | null } {
  const entry = pick(random, TABLE);
  return entry ? { name: entry.name, wrong: entry.act(machine, random) } : { name: 'nothing', wrong: null };
}
