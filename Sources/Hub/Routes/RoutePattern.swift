import Core

/// A path template such as `/api/now/table/{table}`: literal segments and named ones, nothing else.
public struct RoutePattern: Sendable, CustomStringConvertible {
    enum Piece: Sendable {
        case literal(String)
        case parameter(String)
    }

    let pieces: [Piece]
    /// Literal segments, to prefer `/clients/check` to `/clients/{id}`.
    let literals: Int
    public let description: String

    /// Reads a template.
    public init(_ template: String) {
        description = template
        pieces = template.split(separator: "/").map { piece in
            piece.hasPrefix("{") && piece.hasSuffix("}")
                ? .parameter(String(piece.dropFirst().dropLast())) : .literal(String(piece))
        }
        literals = pieces.count { if case .literal = $0 { true } else { false } }
    }

    /// The named segments, when the path is of this form; compared as bytes.
    public func match(_ segments: [String]) -> [String: String]? {
        guard segments.count == pieces.count else { return nil }
        var parameters: [String: String] = [:]
        for (piece, segment) in zip(pieces, segments) {
            switch piece {
            case .literal(let text):
                guard text.isExactly(segment) else { return nil }
            case .parameter(let name):
                parameters[name] = segment
            }
        }
        return parameters
    }

    /// Its segments, nil for each named one.
    var form: [String?] {
        pieces.map { piece in if case .literal(let text) = piece { text } else { nil } }
    }

    /// How many of the first segments are literals of this template.
    func known(_ segments: [String]) -> Int {
        zip(pieces, segments).prefix { piece, segment in
            if case .literal(let text) = piece { text.isExactly(segment) } else { false }
        }.count
    }
}
