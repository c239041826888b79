import type { TcpPolicy } from './tcp-types';

const MILLISECOND = 1_000_000;
const SECOND = 1_000 * MILLISECOND;

/** The TCP of Linux, a guest's and that of a server on the LAN: tcp_syn_retries 5, tcp_retries2 15, and include/net/tcp.h. */
export const TCP_LINUX: TcpPolicy = {
  initialTimeout: SECOND,
  minimumTimeout: 200 * MILLISECOND,
  acknowledgeAfter: 40 * MILLISECOND,
  initialSegments: 10,
  openTries: 5,
  tries: 15,
  timeWait: 60 * SECOND,
};
