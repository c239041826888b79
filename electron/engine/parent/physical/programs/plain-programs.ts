import { isPeerDone, type ServerProgram } from './sessions';

/** RFC 862: sends back what comes, and takes no more than it can send. */
export const ECHO: ServerProgram = {
  begin: () => ({ kind: 'echo', bytes: 0 }),
  run: (session, socket) => {
    session.bytes += socket.write(socket.read(socket.room()));
    if (isPeerDone(socket.connection)) socket.end();
  },
};

/** RFC 863: throws away what comes. */
export const DISCARD: ServerProgram = {
  begin: () => ({ kind: 'discard', bytes: 0 }),
  run: (session, socket) => {
    session.bytes += socket.read().length;
    if (isPeerDone(socket.connection)) socket.end();
  },
};
