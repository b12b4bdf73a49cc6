import prepare, { unpack } from '/UNPACKER.js';
const whole = (bytes) => {
  const module = unpack(new Uint8Array(bytes));
  if (!module) throw new Error('the page was damaged on its way: reload it');
  return module;
};
const loaded = fetch('/PROGRAM_bg.wasm.ppmd').then((answer) => answer.arrayBuffer());
await prepare({ module_or_path: '/UNPACKER_bg.wasm' });
const program = whole(await loaded);
// The second half: compiled meanwhile if somebody begins to do something, fetched on the spot if that is too late.
let rest, asked, joined = false;
const soon = () => {
  if (rest) return;
  // A moment later: what is being done may need it at once, and then it is there.
  asked ??= new Promise((go) => setTimeout(go))
    .then(() => rest ? Promise.reject() : fetch('/PROGRAM_rest.ppmd'))
    .then((answer) => answer.ok ? answer.arrayBuffer() : Promise.reject())
    .then((bytes) => WebAssembly.compile(whole(bytes)))
    .then((module) => { rest ??= module; })
    .catch(() => { asked = undefined; });
};
for (const doing of ['pointerdown', 'keydown', 'focusin']) addEventListener(doing, soon, { capture: true });
globalThis.kafkascopeRest = () => {
  if (joined) return;
  if (!rest) {
    const ask = new XMLHttpRequest();
    ask.open('GET', '/PROGRAM_rest.ppmd', false);
    ask.overrideMimeType('text/plain; charset=x-user-defined');
    ask.send();
    if (ask.status !== 200) throw new Error('the rest of the page cannot be fetched');
    rest = new WebAssembly.Module(whole(Uint8Array.from(ask.responseText, (byte) => byte.charCodeAt(0))));
  }
  new WebAssembly.Instance(rest, { a: globalThis.kafkascope });
  joined = true;
};
