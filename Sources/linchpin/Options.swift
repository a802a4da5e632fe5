import ArgumentParser

/// `--data`, the same in every command.
struct DataOption: ParsableArguments {
    @Option(help: "The hub's data folder (LINCHPIN_DATA).") var data: String?

    /// What a proposed command needs so that it reaches the same hub: ` --data X`, or nothing.
    var words: String {
        guard let data else { return "" }
        let isPlain = data.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "/._-~+".unicodeScalars.contains(scalar)
        }
        return " --data " + (isPlain ? data : "'" + data.replacing("'", with: "'\\''") + "'")
    }
}

/// A port of this machine.
enum Port {
    /// Throws what to write instead; `option` is named as it was written.
    static func check(_ port: Int?, _ option: String = "--port") throws {
        guard let port, !(0...65_535).contains(port) else { return }
        throw ValidationError("\(option) takes a number from 0 to 65535; 0 takes a free one.")
    }
}
