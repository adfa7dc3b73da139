// These clients open sockets with TLS, whatever scheme the base URL has: 2.2.9 all of them, 4.2.0
// those for text to speech. The mock server has no certificate, so a connection to this machine is
// made plain here, below the client: what the client says over it stays what it says.

import net from 'node:net';
import tls from 'node:tls';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

const withTls = tls.connect;

/** From here on, TLS connections to this machine are plain ones. */
export function install() {
  tls.connect = (...args) => {
    const [options] = args;
    const host = options?.host ?? options?.hostname ?? options?.servername;
    if (typeof options !== 'object' || !LOOPBACK.has(host)) return withTls(...args);
    // `path` means a Unix socket here, and the path of the request to the caller.
    const socket = net.connect({ host, port: options.port });
    socket.once('connect', () => socket.emit('secureConnect'));
    return socket;
  };
}
