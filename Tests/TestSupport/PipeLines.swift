public import Foundation

extension Pipe {
    /// What comes through, line by line; ends when nobody holds the other end any more.
    ///
    /// Read by a thread of its own that keeps the pipe: a readability handler outlives its file handle now and then,
    /// and takes the process down with it.
    public func lines() -> AsyncStream<String> {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        let descriptor = dup(fileHandleForReading.fileDescriptor)
        Thread.detachNewThread {
            var rest: [UInt8] = []
            var room = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = read(descriptor, &room, room.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                let parts = (rest + room[..<count]).split(
                    separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                rest = Array(parts.last ?? [])
                for part in parts.dropLast() { continuation.yield(String(decoding: part, as: UTF8.self)) }
            }
            close(descriptor)
            continuation.finish()
        }
        return lines
    }
}
