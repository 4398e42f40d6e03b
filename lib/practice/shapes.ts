type Point = readonly [x: number, y: number]

/** True inside the shape; both coordinates run from 0 to 1 over the shape's bounding box. */
type Inside = (x: number, y: number) => boolean

function polygon(points: readonly Point[]): Inside {
  const xs = points.map(([x]) => x)
  const ys = points.map(([, y]) => y)
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top]
  const corners = points.map(([x, y]): Point => [(x - left) / wide, (y - top) / high])
  return (x, y) => {
    let inside = false
    for (let index = 0, before = corners.length - 1; index < corners.length; before = index++) {
      const [x1, y1] = corners[index]!
      const [x2, y2] = corners[before]!
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside
    }
    return inside
  }
}

function regular(corners: number, turn: number, inner = 1): Inside {
  const count = inner === 1 ? corners : corners * 2
  return polygon(
    Array.from({ length: count }, (_, index): Point => {
      const angle = ((turn + (index * 360) / count) * Math.PI) / 180
      const radius = index % 2 === 1 ? inner : 1
      return [Math.cos(angle) * radius, Math.sin(angle) * radius]
    }),
  )
}

const distance = (x: number, y: number) => Math.hypot(x - 0.5, y - 0.5)

/** The shapes that are drawn and told apart, each with the ways it may lie. */
export const shapes: Readonly<Record<string, readonly [Inside, ...Inside[]]>> = {
  square: [() => true],
  circle: [(x, y) => distance(x, y) <= 0.5],
  triangle: [
    regular(3, -90),
    regular(3, 90),
    regular(3, 0),
    regular(3, 180),
    polygon([
      [0, 0],
      [0, 1],
      [1, 1],
    ]),
    polygon([
      [1, 0],
      [0, 1],
      [1, 1],
    ]),
  ],
  diamond: [regular(4, 0)],
  hexagon: [regular(6, 0), regular(6, 30)],
  star: [regular(5, -90, 0.4)],
  cross: [(x, y) => Math.abs(x - 0.5) < 1 / 6 || Math.abs(y - 0.5) < 1 / 6],
  ring: [(x, y) => distance(x, y) <= 0.5 && distance(x, y) >= 0.28],
}
