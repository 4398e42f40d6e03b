/** Bytes of one picture: servers take few that are larger. */
export const pictureBytesMax = 4_000_000
export const picturesMax = 8

/** Formats that vision models take. */
export const pictureTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const

/** Pictures as data URIs, and why others were not taken. Nothing leaves the browser. */
export async function readPictures(
  files: Iterable<File>,
  room: number,
): Promise<{ urls: string[]; problems: string[] }> {
  const urls: string[] = []
  const problems: string[] = []
  for (const file of files) {
    const name = file.name || 'The picture'
    if (!(pictureTypes as readonly string[]).includes(file.type))
      problems.push(`${name} is not PNG, JPEG, WebP or GIF.`)
    else if (file.size > pictureBytesMax) problems.push(`${name} is larger than 4 MB.`)
    else if (urls.length >= room) {
      problems.push(`At most ${picturesMax} pictures in a message.`)
      break
    } else {
      const url = await toDataUri(file).catch(() => undefined)
      if (url === undefined) problems.push(`${name} could not be read.`)
      else urls.push(url)
    }
  }
  return { urls, problems }
}

function toDataUri(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as string)
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}
