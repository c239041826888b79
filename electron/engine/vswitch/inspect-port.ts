import { macText } from '../base/mac';
import type { InspectNode } from '../base/unit';
import { dropNames } from './drop-reason';
import type { Flow } from './egress';
import type { SwitchPort } from './switch-port';

/** Queued frames whose bytes are shown, for each sender. */
const SHOWN_FRAMES = 4;
/** Bytes shown of each: headers up to UDP and a little more. */
const SHOWN_BYTES = 64;

/** A port for reading by people: who, how it is set, what it counted, and what waits at it. */
export function inspectPort(port: SwitchPort): InspectNode {
  const { counters, egress } = port.state;
  const { vlan, trunk, mirror, allowMacSpoofing, dhcpGuard, routerGuard, bandwidth } = port.settings;
  return {
    number: port.number,
    kind: port.kind,
    mac: macText(port.settings.mac),
    linkUp: port.linkUp,
    lineRate: port.lineRate,
    settings: {
      vlan,
      trunk: trunk ? { ...trunk } : null,
      mirror,
      allowMacSpoofing,
      dhcpGuard,
      routerGuard,
      bandwidth: { ...bandwidth },
    },
    heldBack: port.state.shaper.waiting.length,
    sent: { frames: counters.sentFrames, bytes: counters.sentBytes, dropped: dropNames(counters.droppedSending) },
    received: {
      frames: counters.receivedFrames,
      bytes: counters.receivedBytes,
      dropped: dropNames(counters.droppedReceiving),
    },
    queue: { frames: port.queuedFrames, busyUntil: egress.busyUntil, flows: egress.flows.map(inspectFlow) },
    bytesBySender: { ...egress.shares },
  };
}

function inspectFlow(flow: Flow): InspectNode {
  const bytes = flow.frames.reduce((sum, item) => sum + item.frame.length, 0);
  const shown = flow.frames.slice(0, SHOWN_FRAMES);
  const first = shown.map(({ frame, ready }) => ({ bytes: frame.length, ready, start: hexOf(frame) }));
  return { from: flow.from, frames: flow.frames.length, bytes, first };
}

function hexOf(frame: Uint8Array): string {
  return Array.from(frame.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
