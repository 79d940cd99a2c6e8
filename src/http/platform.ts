/**
 * The platform's own classes of the web, and how ours stand in for them. `Request`, `Response` and `Headers` of Node cost microseconds each, most of
 * them for what nobody asks. Ours hold what HTTP has brought, answer from it what is asked of nearly every message, and make the platform's
 * object for all else: it is asked then, whatever it is that this version of Node can answer. WHATWG Fetch.
 *
 *     light ──asked for what we do not have──> backed by the platform's object, which answers from now on
 *
 * The three classes are taken here once, so that a program may put others in their place.
 */

/** `Headers` of the platform. */
export const PlatformHeaders: typeof globalThis.Headers = globalThis.Headers
/** `Request` of the platform. */
export const PlatformRequest: typeof globalThis.Request = globalThis.Request
/** `Response` of the platform. */
export const PlatformResponse: typeof globalThis.Response = globalThis.Response

/**
 * Makes objects with the prototype `light` instances of the class with the prototype `platform`, and gives them all of its accessors and methods that
 * they do not have: these ask the object that `backing` makes.
 */
export function standIn<P extends object, L extends P>(light: L, platform: P, backing: (light: L) => P): void {
  Object.setPrototypeOf(light, platform)
  for (const name of Reflect.ownKeys(platform)) {
    if (Object.hasOwn(light, name)) continue
    const descriptor = Object.getOwnPropertyDescriptor(platform, name) as TypedPropertyDescriptor<unknown>
    if (descriptor.get !== undefined) define(light, name, { get: forwardGet(name, backing) })
    else if (typeof descriptor.value === 'function')
      define(light, name, { value: forwardCall(name, backing), writable: true })
  }
}

function define(light: object, name: PropertyKey, descriptor: PropertyDescriptor): void {
  Object.defineProperty(light, name, { configurable: true, enumerable: typeof name === 'string', ...descriptor })
}

function forwardGet<L>(name: PropertyKey, backing: (light: L) => object): () => unknown {
  return function (this: L): unknown {
    return Reflect.get(backing(this), name)
  }
}

function forwardCall<L>(name: PropertyKey, backing: (light: L) => object): (...args: unknown[]) => unknown {
  return function (this: L, ...args: unknown[]): unknown {
    const object = backing(this)
    const method = Reflect.get(object, name) as (...args: unknown[]) => unknown
    return Reflect.apply(method, object, args)
  }
}

/** Makes `message`, whose content was read elsewhere, one whose content was read. */
export function spend<T extends { text(): Promise<string> }>(message: T): T {
  void message.text()
  return message
}
