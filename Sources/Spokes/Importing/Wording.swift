import Core

/// Words of a description made fit for a spoke file: names in its alphabet, sentences without addresses and mark-up.
enum Wording {
    /// A name in lowercase letters, digits and `_`, a letter first: `listUsers` becomes `list_users`.
    static func name(_ text: String) -> String {
        var name = ""
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            guard scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) else {
                if !name.isEmpty, name.last != "_" { name.append("_") }
                continue
            }
            let isUpper = ("A"..."Z").contains(scalar)
            let before = index > 0 ? scalars[index - 1] : "_"
            let after = index + 1 < scalars.count ? scalars[index + 1] : "_"
            let startsWord = isUpper && (isSmall(before) || ("A"..."Z").contains(before) && ("a"..."z").contains(after))
            if startsWord, !name.isEmpty, name.last != "_" { name.append("_") }
            name += String(scalar).lowercased()
        }
        while name.last == "_" { name.removeLast() }
        if name.first.map({ !("a"..."z").contains($0) }) ?? true { name = "x_" + name }
        return String(name.prefix(60))
    }

    private static func isSmall(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
    }

    /// The first sentence of a text on one line, without mark-up and without what no spoke file may hold.
    ///
    /// - Parameter otherwise: what is said where nothing is left.
    static func sentence(_ text: String?, otherwise: String) -> String {
        var plain = String((text ?? "").prefix(2_000))
        plain = plain.replacing(/\]\([^)]*\)/, with: "").replacing(/<[^>]*>/, with: " ")
        plain = String(
            String.UnicodeScalarView(
                plain.unicodeScalars.map { $0.isPlain && !"*`#[]&%\u{FEFF}".unicodeScalars.contains($0) ? $0 : " " }))
        let words = plain.split(separator: " ").filter { Literals.isFit(String($0)) }
        var sentence = ""
        for word in words {
            guard sentence.count + word.count < most else {
                sentence += " …"
                break
            }
            sentence += sentence.isEmpty ? String(word) : " " + word
            if word.hasSuffix(".") && word.count > 3 { break }
        }
        // Some words are fine one by one and look like a credential together.
        return sentence.isEmpty || !Literals.isFit(sentence) ? otherwise : sentence
    }

    private static let most = 160

    /// A title of an operation from its id: `listUsers` becomes `List Users`.
    static func title(_ id: String) -> String {
        name(id).split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }
}

/// Names that are given once.
struct UniqueNames {
    private var taken: Set<String> = []

    /// The name, or one like it that nobody has.
    ///
    /// - Parameter place: what distinguishes it from its namesake, such as `body`.
    mutating func take(_ name: String, _ place: String = "") -> String {
        if taken.insert(name).inserted { return name }
        let placed = place.isEmpty ? name : String("\(place)_\(name)".prefix(60))
        if taken.insert(placed).inserted { return placed }
        for number in 2... {
            let numbered = "\(name.prefix(54))_\(number)"
            if taken.insert(numbered).inserted { return numbered }
        }
        return name
    }
}
