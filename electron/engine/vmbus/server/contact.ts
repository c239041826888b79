import { encodeMessage, MessageType, VERSION_RESPONSE, type InitiateContact } from '../protocol/messages';
import { VMBUS_SINT, VmbusConnection } from '../protocol/transport';
import { usesMessageConnection, VMBUS_VERSIONS, VmbusVersion } from '../protocol/versions';

/** What becomes of a guest's first message. */
export type ContactVerdict =
  | 'accepted'
  /** Not a version of this host: the guest tries the next. */
  | 'refused'
  /** The version is good, the rest is not. Guests before Windows 8 cannot be told that: refused. */
  | 'failed'
  /** For an interrupt source that is not VMBus's: refused, with the answer sent there. */
  | 'refused-elsewhere'
  /** For a virtual trust level that nobody serves. */
  | 'unheard';

/** Where the guest wants its messages: before 2012 R2 on the first VP, before 5.0 through VMBus's own source. */
export interface ContactTarget {
  readonly vp: number;
  readonly sint: number;
  readonly trustLevel: number;
}

/** From 5.0 on the field of the interrupt page holds source u8@0 and (5.1) trust level u8@1. linux include/linux/hyperv.h. */
export function contactTarget({ version, targetVp, interruptPage }: InitiateContact): ContactTarget {
  const byte = (index: number): number => Number((interruptPage >> BigInt(index * 8)) & 0xffn);
  return {
    vp: version >= VmbusVersion.V3_0 ? targetVp : 0,
    sint: usesMessageConnection(version) ? byte(0) : VMBUS_SINT,
    trustLevel: version >= VmbusVersion.V5_1 ? byte(1) : 0,
  };
}

/**
 * What a host whose newest version is `newest` says. Monitor pages come both or not at all.
 * microsoft/openvmm vm/devices/vmbus/vmbus_server/src/channels.rs, handle_initiate_contact.
 */
export function judgeContact(contact: InitiateContact, newest: number): ContactVerdict {
  const { sint, trustLevel } = contactTarget(contact);
  if (trustLevel !== 0) return 'unheard';
  if (sint !== VMBUS_SINT) return 'refused-elsewhere';
  if (!VMBUS_VERSIONS.includes(contact.version) || contact.version > newest) return 'refused';
  if ((contact.monitorPage1 === 0n) === (contact.monitorPage2 === 0n)) return 'accepted';
  return contact.version >= VmbusVersion.V2_4 ? 'failed' : 'refused';
}

const FAILED = 2; // connection state "unknown failure"

/** The answer: zeros for a refusal; else the version, or from 5.0 on the connection for the messages that follow. */
export function versionResponse(version: number, verdict: ContactVerdict): Uint8Array {
  const isSupported = verdict === 'accepted' || verdict === 'failed';
  const selected = usesMessageConnection(version) ? VmbusConnection.Message : version;
  return encodeMessage(MessageType.VersionResponse, VERSION_RESPONSE, {
    supported: isSupported ? 1 : 0,
    connectionState: verdict === 'failed' ? FAILED : 0,
    messageConnection: isSupported ? selected : 0,
  });
}
