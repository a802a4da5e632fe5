import CLibPQ
import Storage

/// The values of one statement as libpq wants them: text for text and numbers, binary for bytes.
struct PostgresParameters {
    let types: [Oid]
    private var bytes: [UInt8] = []
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    var count: Int { types.count }
    var hasNull: Bool { types.contains(0) }

    init(_ values: [SQLValue]) {
        types = values.map(Self.type)
        for value in values {
            switch value {
            case .null: append(nil, format: 0)
            case .int(let number): append(Array(String(number).utf8), format: 0)
            case .text(let text): append(Array(text.utf8), format: 0)
            case .blob(let blob): append(blob, format: 1)
            }
        }
    }

    /// The pointers are good inside the body only.
    func withPointers<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) throws -> R
    ) rethrows -> R {
        try bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = starts.map { start in start.flatMap { start in base.map { UnsafePointer($0 + start) } } }
            return try pointers.withUnsafeBufferPointer { pointers in
                try lengths.withUnsafeBufferPointer { lengths in
                    try formats.withUnsafeBufferPointer { formats in
                        try body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }

    private mutating func append(_ value: [UInt8]?, format: Int32) {
        starts.append(value == nil ? nil : bytes.count)
        lengths.append(Int32(value?.count ?? 0))
        formats.append(format)
        if let value { bytes += value + [0] }
    }

    // Numbers of `pg_type`.
    static let bytea: Oid = 17
    static let int: Oid = 20
    static let text: Oid = 25

    private static func type(_ value: SQLValue) -> Oid {
        switch value {
        case .null: 0
        case .int: int
        case .text: text
        case .blob: bytea
        }
    }
}
