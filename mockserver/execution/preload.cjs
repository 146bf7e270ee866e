// Node's own https, fetch and WebSocket heed no proxy of the environment before version 24. This
// file is loaded into every Node program under `mockserver exec` and leads its connections to the
// proxy: those over TLS through a tunnel, plain HTTP as it is. Connections to this machine, and
// those that a program leads to a proxy itself, are left alone.
"use strict";

const [, PROXY_PORT] = /^127\.0\.0\.1:(\d+)$/.exec(process.env.MOCKSERVER_PROXY ?? "") ?? [];
if (PROXY_PORT) lead();

function lead() {
  const net = require("node:net");
  const tls = require("node:tls");
  const http = require("node:http");
  const { Duplex } = require("node:stream");

  const PROXY = { host: "127.0.0.1", port: Number(PROXY_PORT) };
  const connectPlain = net.connect;
  const connectTls = tls.connect;
  const plainConnection = http.Agent.prototype.createConnection;

  const isLocal = (host) =>
    host === undefined || host === null || host === "" ||
    /^(127\.[\d.]+|0\.0\.0\.0|\[?::1?\]?|(.+\.)?localhost\.?)$/i.test(host);

  // A connection to a host through the proxy. What is written waits until the proxy has agreed.
  class Tunnel extends Duplex {
    constructor(host, port) {
      super();
      const place = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
      this.socket = connectPlain(PROXY);
      this.socket.setNoDelay(true);
      this.socket.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n\r\n`);
      this.head = Buffer.alloc(0);
      this.socket.on("data", (piece) => this.take(piece));
      this.socket.on("end", () => (this.head ? this.refused("") : this.push(null)));
      this.socket.on("error", (error) => this.destroy(error));
      this.socket.on("close", () => this.destroy());
    }

    take(piece) {
      if (!this.head) {
        if (!this.push(piece)) this.socket.pause();
        return;
      }
      this.head = Buffer.concat([this.head, piece]);
      const end = this.head.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [status] = this.head.toString("latin1").split("\r\n");
      if (!/^HTTP\/1\.[01] 200/.test(status)) return this.refused(status);
      const rest = this.head.subarray(end + 4);
      this.head = null;
      if (rest.length) this.push(rest);
      this.emit("open");
    }

    refused(status) {
      const why = status.replace(/^HTTP\/1\.[01] \d+ (mockserver: )?/, "") || "the proxy hung up";
      this.destroy(Object.assign(new Error(`mockserver exec: ${why}`), { code: "ECONNREFUSED" }));
    }

    _read() {
      this.socket.resume();
    }

    _write(piece, encoding, done) {
      if (!this.head) this.socket.write(piece, encoding, done);
      else this.once("open", () => this.socket.write(piece, encoding, done));
    }

    _final(done) {
      this.socket.end(done);
    }

    _destroy(error, done) {
      this.socket.destroy();
      done(error);
    }
  }

  // tls.connect takes options, a port or a path, a host, more options and a listener.
  function understood(given) {
    const done = typeof given.at(-1) === "function" ? given.at(-1) : undefined;
    const [first, second] = given;
    const found = {};
    if (typeof first === "string" && !/^\d+$/.test(first)) found.path = first;
    else if (typeof first !== "object") found.port = Number(first);
    if (typeof second === "string") found.host = second;
    for (const one of given) if (one !== null && typeof one === "object") Object.assign(found, one);
    return [found, done];
  }

  tls.connect = function connect(...given) {
    const [options, done] = understood(given);
    const { host, port, path, socket } = options;
    if (socket || path || isLocal(host)) return connectTls.apply(this, given);
    const tunnel = new Tunnel(host, port);
    const servername = options.servername ?? (net.isIP(host) ? "" : host);
    const secure = connectTls.call(this, { ...options, servername, socket: tunnel }, done);
    // An idle connection must not keep the program alive, and what lies below it would.
    for (const name of ["ref", "unref"]) {
      const own = secure[name];
      secure[name] = function (...args) {
        tunnel.socket[name]();
        return own.apply(this, args);
      };
    }
    return secure;
  };

  http.Agent.prototype.createConnection = function createConnection(options, ...rest) {
    const direct = options.path || isLocal(options.host);
    return plainConnection.call(this, direct ? options : { ...options, ...PROXY }, ...rest);
  };

  // fetch says that it is about to connect, and does so in the same turn.
  let announced = null;
  require("node:diagnostics_channel").subscribe("undici:client:beforeConnect", ({ connectParams }) => {
    const { protocol, hostname } = connectParams;
    announced = protocol === "http:" && !isLocal(hostname) ? hostname : null;
  });
  net.connect = net.createConnection = function connect(...given) {
    const [options] = given;
    const led = announced !== null && options?.host === announced;
    announced = null;
    return connectPlain.apply(this, led ? [{ ...options, ...PROXY }, ...given.slice(1)] : given);
  };

  require("node:module").syncBuiltinESMExports();
}
