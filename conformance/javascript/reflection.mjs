// Which methods a client has, found by looking at it.

/** The public methods of an object: those of its prototypes, without what begins with `_`. */
export function methodsOf(object, hidden = new Set()) {
  const names = new Set();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const getter = Object.getOwnPropertyDescriptor(at, name).get;
      if (getter || name === 'constructor' || name.startsWith('_') || hidden.has(name)) continue;
      if (typeof at[name] === 'function' && at !== object) names.add(name);
    }
  }
  return [...names].sort();
}

/** What hangs on an object and is an object with methods of its own: resources, by name. */
export function resourcesOf(object) {
  const found = {};
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name.startsWith('_') || name === 'constructor' || name === 'client') continue;
      const value = object[name];
      const plain = value === null || typeof value !== 'object' || Array.isArray(value);
      if (plain || Object.getPrototypeOf(value) === Object.prototype) continue;
      if (methodsOf(value).length > 0) found[name] = value;
    }
  }
  return found;
}

/** Dotted paths of all methods of all resources, and of the resources in them. */
export function paths(resources, prefix = '') {
  return Object.entries(resources).flatMap(([name, resource]) => [
    ...methodsOf(resource).map((method) => `${prefix}${name}.${method}`),
    ...paths(resourcesOf(resource), `${prefix}${name}.`),
  ]);
}

/** Names that a TypeScript declaration marks as not public. */
export function notPublic(declaration) {
  const marked = /^\s*(?:protected|private)\s+(?:override\s+)?(?:async\s+)?(\w+)/gm;
  return new Set([...declaration.matchAll(marked)].map((match) => match[1]));
}
