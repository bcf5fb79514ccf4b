// ONNX models as bytes. An ONNX file is a protobuf message, of which these nets need little.
import { w4, weights } from "./workloads.js";

// --------------------------------------------------------------------------------------------------- protobuf, written

const utf8 = new TextEncoder();

function varint(value) {
  const bytes = [];
  for (let left = BigInt(value); ; left >>= 7n) {
    if (left < 128n) return [...bytes, Number(left)];
    bytes.push(Number(left & 127n) | 128);
  }
}

/** A field by the type of its value: number, text, bytes, or a message as the bytes of its fields. */
function field(number, value) {
  if (typeof value === "number") return new Uint8Array([...varint(number << 3), ...varint(value)]);
  const bytes = typeof value === "string" ? utf8.encode(value) : value;
  return join([new Uint8Array([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
}

function join(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// -------------------------------------------------------------------------------------------------------------- onnx

const kFloat = 1;
const kInt64 = 7;

/** Attributes are whole numbers and lists of them. */
const attribute = ([name, value]) =>
  field(
    5,
    Array.isArray(value)
      ? join([field(1, name), ...value.map((each) => field(8, each)), field(20, 7)])
      : join([field(1, name), field(3, value), field(20, 2)]),
  );

const node = (type, inputs, outputs, attributes = {}) =>
  field(
    1,
    join([
      ...inputs.map((name) => field(1, name)),
      ...outputs.map((name) => field(2, name)),
      field(4, type),
      ...Object.entries(attributes).map(attribute),
    ]),
  );

const initializer = (name, shape, values) =>
  field(
    5,
    join([
      ...shape.map((extent) => field(1, extent)),
      field(2, values instanceof Float32Array ? kFloat : kInt64),
      field(8, name),
      field(9, new Uint8Array(values.buffer)),
    ]),
  );

const value = (number, name, shape, type = kFloat) =>
  field(
    number,
    join([
      field(1, name),
      field(
        2,
        field(1, join([field(1, type), field(2, join(shape.map((extent) => field(1, field(1, extent)))))])),
      ),
    ]),
  );
const input = (...what) => value(11, ...what);
const output = (...what) => value(12, ...what);

const model = (...graph) =>
  join([
    field(1, 8),
    field(8, join([field(1, ""), field(2, 17)])),
    field(7, join([field(2, "net"), ...graph])),
  ]);

// -------------------------------------------------------------------------------------------------------------- nets

/** A convolutional net on one picture, "x" [1,1,side,side] to "y" [1,10]. */
export function imageModel({ side, layers }) {
  const parts = [];
  let x = "x";
  let channels = 1;
  layers.forEach(({ conv, kernel, pool, dense, inputs }, index) => {
    const last = index + 1 === layers.length;
    const [w, b, z, y] = ["w", "b", "z", "y"].map((name) => `${name}${index}`);
    const units = conv ?? dense;
    const shape = conv ? [conv, channels, kernel, kernel] : [dense, inputs];
    const size = shape.reduce((product, extent) => product * extent);
    parts.push(initializer(w, shape, weights(size, size / units, index + 1)));
    parts.push(initializer(b, [units], new Float32Array(units)));
    if (conv) {
      const pad = (kernel - 1) / 2;
      parts.push(
        node("Conv", [x, w, b], [z], { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] }),
      );
      parts.push(node("Relu", [z], [`r${index}`]));
      parts.push(node("MaxPool", [`r${index}`], [y], { kernel_shape: [pool, pool], strides: [pool, pool] }));
      channels = conv;
    } else {
      const flat = index > 0 && layers[index - 1].conv ? `f${index}` : x;
      if (flat !== x) parts.push(node("Flatten", [x], [flat], { axis: 1 }));
      parts.push(node("Gemm", [flat, w, b], [z], { transB: 1 }));
      parts.push(last ? node("Softmax", [z], ["y"], { axis: 1 }) : node("Relu", [z], [y]));
    }
    x = y;
  });
  return model(...parts, input("x", [1, 1, side, side]), output("y", [1, 10]));
}

/** One step of the character model: "symbol" [1], "h" and "c" [1,1,units] to "p" [1,symbols], "nextH" and "nextC". */
export function textModel() {
  const { units, symbols } = w4;
  return model(
    initializer("one", [symbols, symbols], identity(symbols)),
    initializer("w", [1, 4 * units, symbols], weights(4 * units * symbols, symbols, 1)),
    initializer("r", [1, 4 * units, units], weights(4 * units * units, units, 2)),
    initializer("b", [1, 8 * units], new Float32Array(8 * units)),
    initializer("wo", [units, symbols], weights(units * symbols, units, 3)),
    initializer("bo", [symbols], new Float32Array(symbols)),
    initializer("flat", [2], new BigInt64Array([1n, BigInt(units)])),
    initializer("rows", [3], new BigInt64Array([1n, 1n, BigInt(symbols)])),
    node("Gather", ["one", "symbol"], ["row"]),
    node("Reshape", ["row", "rows"], ["x"]),
    node("LSTM", ["x", "w", "r", "b", "", "h", "c"], ["", "nextH", "nextC"], { hidden_size: units }),
    node("Reshape", ["nextH", "flat"], ["state"]),
    node("Gemm", ["state", "wo", "bo"], ["scores"]),
    node("Softmax", ["scores"], ["p"], { axis: 1 }),
    input("symbol", [1], kInt64),
    input("h", [1, 1, units]),
    input("c", [1, 1, units]),
    output("p", [1, symbols]),
    output("nextH", [1, 1, units]),
    output("nextC", [1, 1, units]),
  );
}

function identity(size) {
  const rows = new Float32Array(size * size);
  for (let i = 0; i < size; i++) rows[i * size + i] = 1;
  return rows;
}
