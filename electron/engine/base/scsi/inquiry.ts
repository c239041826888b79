import { asciiBytes } from '../bytes';

/** What standard INQUIRY data says of a device. */
export interface InquiryIdentity {
  /** Peripheral qualifier and device type. */
  readonly type: number;
  readonly removable: boolean;
  /** Version of SPC that it claims: 4 is SPC-2, 5 is SPC-3, 0 none. */
  readonly version: number;
  /** Byte 3: response data format. */
  readonly format: number;
  readonly vendor: string;
  readonly product: string;
}

/** Standard INQUIRY data, 36 bytes: SPC-3, 6.4.2. */
export function standardInquiry({ type, removable, version, format, vendor, product }: InquiryIdentity): Uint8Array {
  const data = new Uint8Array(36);
  [data[0], data[1], data[2], data[3], data[4]] = [type, removable ? 0x80 : 0, version, format, data.length - 5];
  data.set(asciiBytes(vendor, 8, 0x20), 8);
  data.set(asciiBytes(product, 16, 0x20), 16);
  data.set(asciiBytes(product === '' ? '' : '1.0', 4, 0x20), 32);
  return data;
}

/** A vital product data page with its header: SPC-3, 7.6. */
export function vpdPage(type: number, code: number, body: Uint8Array): Uint8Array {
  const data = new Uint8Array(4 + body.length);
  [data[0], data[1], data[2], data[3]] = [type, code, body.length >> 8, body.length & 0xff];
  data.set(body, 4);
  return data;
}

/** Network Address Authority identifier, type 6, of a virtual disk: Microsoft's company id, then 12 bytes of the disk's own. */
export function naaIdentifier(unique: Uint8Array): Uint8Array {
  const id = new Uint8Array(16);
  id.set([0x60, 0x02, 0x24, 0x80]);
  id.set(unique.subarray(0, 12), 4);
  return id;
}

/** Page 83, device identification: a T10 vendor descriptor and the NAA one. SPC-3, 7.6.3. */
export function identificationPage(type: number, unique: Uint8Array): Uint8Array {
  const id = naaIdentifier(unique);
  const t10 = new Uint8Array(8 + id.length);
  t10.set(asciiBytes('MSFT', 8, 0x20));
  t10.set(id, 8);
  return vpdPage(type, 0x83, Uint8Array.from([...descriptor(0x01, t10), ...descriptor(0x03, id)]));
}

const BINARY = 0x01;

function descriptor(type: number, id: Uint8Array): number[] {
  return [BINARY, type, 0, id.length, ...id];
}
