import { isStationAddress, parseIpv4, type Ipv4Address } from '../../../base/net/address';
import type { LinkAnswer } from '../../kernel/links';
import type { ShellContext } from '../context';

/** Ids that the kernel takes; 4095 is reserved. linux net/8021q/vlan_netlink.c, vlan_validate. */
const HIGHEST_VLAN = 4094;
const NAME = /^[^\s/:]{1,15}$/; // linux include/uapi/linux/if.h, IFNAMSIZ

const ERRNO: Readonly<Record<Exclude<LinkAnswer, 'ok' | 'noDevice'>, string>> = {
  exists: 'File exists',
  unsupported: 'Operation not supported',
  noAddress: 'Cannot assign requested address',
};

/** Words behind a command: pairs of a key and its value, and what stands for itself. */
interface Words {
  readonly pairs: Readonly<Record<string, string | undefined>>;
  readonly alone: readonly string[];
}

function wordsOf(words: readonly string[], keys: readonly string[]): Words {
  const pairs: Record<string, string | undefined> = {};
  const alone: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (keys.includes(word)) pairs[word] = words[++i] ?? '';
    else alone.push(word);
  }
  return { pairs, alone };
}

const isPart = (word: string, of: string): boolean => word !== '' && of.startsWith(word);

/** The part of iproute2's `ip` that changes interfaces. False when the words only ask. */
export function changeLinks(object: string, verb: string, words: readonly string[], context: ShellContext): boolean {
  if (isPart(verb, 'show') || isPart(verb, 'list')) return false;
  const kind = ['link', 'address'].find((one) => isPart(object, one));
  if (kind === undefined) return false;
  const isKnown = kind === 'link' ? changeLink(verb, words, context) : changeAddress(verb, words, context);
  if (!isKnown) context.terminal.line(`Command "${verb}" is unknown, try "ip ${kind} help".`);
  return true;
}

function changeLink(verb: string, words: readonly string[], context: ShellContext): boolean {
  const { links } = context.network;
  if (isPart(verb, 'add')) return addLink(words, context);
  const { pairs, alone } = wordsOf(words, ['dev', 'type']);
  const name = pairs.dev ?? alone.find((word) => word !== 'up' && word !== 'down') ?? '';
  if (isPart(verb, 'delete')) return say(links.remove(name), name, context);
  if (verb !== 'set') return false;
  const state = alone.find((word) => word === 'up' || word === 'down');
  if (name === '') context.terminal.line('Not enough information: "dev" argument is required.');
  else if (state) say(links.setUp(name, state === 'up'), name, context);
  return true;
}

/** A VLAN interface: what iproute2 and the kernel have known since 2.6.23. */
function addLink(words: readonly string[], context: ShellContext): boolean {
  const { terminal, profile, network } = context;
  if (profile.linux?.isModern !== true) return false;
  const { pairs, alone } = wordsOf(words, ['link', 'name', 'dev', 'type', 'id']);
  const name = pairs.name ?? pairs.dev ?? alone[0] ?? '';
  const { link = '', type, id = '' } = pairs;
  if (type !== 'vlan') terminal.line('Error: Unknown device type.');
  else if (!NAME.test(name)) terminal.line(`Error: argument "${name}" is wrong: "name" not a valid ifname`);
  else if (!/^\d{1,5}$/.test(id)) terminal.line(`Error: argument "${id}" is wrong: id is invalid`);
  else if (Number(id) > HIGHEST_VLAN) terminal.line('Error: 8021q: Invalid VLAN id.');
  else say(network.links.addVlan(link, name, Number(id)), link, context);
  return true;
}

function changeAddress(verb: string, words: readonly string[], context: ShellContext): boolean {
  const isAdding = isPart(verb, 'add');
  if (!isAdding && !isPart(verb, 'delete')) return false;
  const { pairs, alone } = wordsOf(words, ['dev', 'brd', 'broadcast', 'scope']);
  const [text = ''] = alone;
  const found = prefixed(text);
  if (!found) context.terminal.line(`Error: any valid prefix is expected rather than "${text}".`);
  else if (pairs.dev === undefined) context.terminal.line('Not enough information: "dev" argument is required.');
  else {
    const { links } = context.network;
    const { address, prefix } = found;
    const answer = isAdding
      ? links.addAddress(pairs.dev, address, prefix)
      : links.removeAddress(pairs.dev, address, prefix);
    say(answer, pairs.dev, context);
  }
  return true;
}

/** `10.0.5.1/24`; without a length, one address. */
function prefixed(text: string): { readonly address: Ipv4Address; readonly prefix: number } | null {
  const [, dotted = '', length = '32'] = /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  const address = parseIpv4(dotted);
  const isGood = address !== null && isStationAddress(address) && Number(length) <= 32;
  return isGood ? { address, prefix: Number(length) } : null;
}

function say(answer: LinkAnswer, name: string, { terminal }: ShellContext): true {
  if (answer === 'noDevice') terminal.line(`Cannot find device "${name}"`);
  else if (answer !== 'ok') terminal.line(`RTNETLINK answers: ${ERRNO[answer]}`);
  return true;
}

/** What made VLAN interfaces before `ip` could: `vconfig add eth0 5`, `vconfig rem eth0.5` (Debian's package vlan). */
export function vconfig(args: readonly string[], context: ShellContext): void {
  const { terminal, profile, network } = context;
  if (profile.linux?.isModern === true) return terminal.line('-bash: vconfig: command not found');
  const [verb, name = '', id = ''] = args;
  if (verb === 'add' && /^\d{1,4}$/.test(id) && Number(id) <= HIGHEST_VLAN) {
    const isMade = network.links.addVlan(name, `${name}.${Number(id)}`, Number(id)) === 'ok';
    if (isMade) terminal.line(`Added VLAN with VID == ${Number(id)} to IF -:${name}:-`);
    else terminal.line(`ERROR: trying to add VLAN #${Number(id)} to IF -:${name}:-  error: Invalid argument`);
  } else if (verb === 'rem' && network.connections().some((one) => one.vlan && one.interfaceName === name)) {
    network.links.remove(name);
    terminal.line(`Removed VLAN -:${name}:-`);
  } else if (verb === 'rem') terminal.line(`ERROR: trying to remove VLAN -:${name}:- error: Invalid argument`);
  else terminal.line('Usage: vconfig { add [interface-name] [vlan_id] | rem [vlan-name] }');
}
