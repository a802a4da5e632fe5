import Ports

/// Reads `Link` headers (RFC 8288 §3) as far as paging needs them.
enum LinkHeader {
    /// The target of the first link whose `rel` holds `next`; nil if there is none. The target is not judged here.
    static func next(in reply: OutboundReply) -> String? {
        for header in reply.headers where header.name == "link" {
            if let target = next(in: header.value) { return target }
        }
        return nil
    }

    private static func next(in value: String) -> String? {
        var rest = value[...]
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let target = String(rest[rest.index(after: open)..<close])
            rest = rest[rest.index(after: close)...]
            let parameters = rest.prefix { $0 != "<" }
            if isNext(parameters) { return target }
            rest = rest[parameters.endIndex...]
        }
        return nil
    }

    private static func isNext(_ parameters: Substring) -> Bool {
        for parameter in parameters.split(whereSeparator: { $0 == ";" || $0 == "," }) {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmed.lowercased() == "rel" else { continue }
            let value = pair[1].trimmed.filter { $0 != "\"" }
            return value.split(separator: " ").contains { $0.lowercased() == "next" }
        }
        return false
    }
}

extension Substring {
    /// Without the spaces around it.
    var trimmed: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text = text.dropLast() }
        return text
    }
}
