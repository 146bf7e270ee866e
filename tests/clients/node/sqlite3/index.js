// The part of the package sqlite3 that a client under test uses, over SQLite as WebAssembly and in
// memory: the package itself is compiled where it is installed, which takes minutes, a compiler and
// sources from elsewhere. Statements run one after the other, in the order they were given in.
"use strict";
const ready = require("sql.js")();

class Database {
  #last = ready.then(({ Database: Memory }) => new Memory());

  serialize(work) {
    work();
  }

  run(sql, ...rest) {
    return this.#next(sql, rest, () => []);
  }

  get(sql, ...rest) {
    return this.#next(sql, rest, (rows) => [rows[0]]);
  }

  all(sql, ...rest) {
    return this.#next(sql, rest, (rows) => [rows]);
  }

  close(done = () => {}) {
    this.#last = this.#last.then((memory) => {
      memory.close();
      done(null);
    });
  }

  #next(sql, rest, found) {
    const [values, done] = typeof rest[0] === "function" ? [[], rest[0]] : rest;
    this.#last = this.#last.then((memory) => {
      let error = null;
      let rows = [];
      try {
        rows = everyRow(memory, sql, values ?? []);
      } catch (thrown) {
        error = thrown;
      }
      const told = { changes: memory.getRowsModified() };
      queueMicrotask(() => done?.call(told, error, ...found(rows)));
      return memory;
    });
    return this;
  }
}

function everyRow(memory, sql, values) {
  const statement = memory.prepare(sql, values.map((one) => one ?? null));
  const rows = [];
  try {
    while (statement.step()) rows.push(statement.getAsObject());
  } finally {
    statement.free();
  }
  return rows;
}

module.exports = { Database };
