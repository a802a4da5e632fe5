import Core

/// The stored form of a password: cost, salt and derived key, as one text.
struct PasswordRecord: Equatable {
    static let saltBytes = 16...64

    let cost: Scrypt.Cost
    let salt: [UInt8]
    let key: [UInt8]

    init(cost: Scrypt.Cost, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Reads the one form that we write; nil for anything else, and for a cost above the bound.
    init?(_ text: String, mostLogN: Int) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let cost = Self.cost(parts[2], mostLogN: mostLogN),
            let salt = Base64URL.decode(parts[3]), Self.saltBytes.contains(salt.count),
            let key = Base64URL.decode(parts[4]), key.count == 32
        else { return nil }
        self.init(cost: cost, salt: salt, key: key)
    }

    var text: String {
        "$scrypt$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$\(Base64URL.encode(salt))$\(Base64URL.encode(key))"
    }

    private static func cost(_ text: String, mostLogN: Int) -> Scrypt.Cost? {
        guard mostLogN >= 1 else { return nil }
        return (1...mostLogN).map { Scrypt.Cost(logN: $0, r: 8, p: 1) }
            .first { Array("ln=\($0.logN),r=\($0.r),p=\($0.p)".utf8) == Array(text.utf8) }
    }
}
