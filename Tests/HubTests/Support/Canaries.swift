import Core
import Foundation

/// Texts that must be found nowhere, in no spelling.
struct Canaries: Sendable {
    let named: [(name: String, text: String)]

    /// Which of them are in these bytes: in clear, as hexadecimal digits of either case, or in base64.
    func found(in data: Data) -> [String] {
        named.filter { canary in
            Self.spellings(canary.text).contains { data.range(of: Data($0.utf8)) != nil }
        }.map(\.name)
    }

    static func spellings(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        let hex = Hex.encode(bytes)
        var all = [text, hex, hex.uppercased()]
        // Base64 of the text depends on where in a triple it begins; the edges mix with their neighbours.
        for before in 0..<3 {
            let padded = Data([UInt8](repeating: 0, count: before) + bytes)
            let encoded = padded.base64EncodedString().dropFirst(before == 0 ? 0 : before + 1).dropLast(4)
            all.append(String(encoded))
            all.append(String(encoded).replacing("+", with: "-").replacing("/", with: "_"))
        }
        // A machine secret that is 64 hexadecimal digits may also lie as its bytes, in base64.
        if let raw = Hex.decode(text) { all.append(Data(raw).base64EncodedString()) }
        return all
    }
}

/// Everything in a folder, file by file.
enum FolderScan {
    static func files(_ path: String) throws -> [(name: String, data: Data)] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: path)
        return try names.compactMap { name in
            let full = path + "/" + name
            let type = try FileManager.default.attributesOfItem(atPath: full)[.type] as? FileAttributeType
            guard type == .typeRegular else { return nil }
            return (name, try Data(contentsOf: URL(fileURLWithPath: full)))
        }
    }
}
