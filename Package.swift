// swift-tools-version:6.2
import PackageDescription

// Linchpin's floors, lowest first. A target imports only lower floors; features (floor 4) never import
// each other. `make build` turns on the import check that enforces it; ARCHITECTURE.md draws it.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP2: Target.Dependency = .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let targets: [Target] = [
    // 0 words
    .target(name: "Core"),
    // 1 primitives
    .target(name: "Keys", dependencies: ["Core", crypto, cryptoExtras, x509, asn1]),
    // 2 shared words
    .target(name: "AuditTrail", dependencies: ["Core", "Keys"]),
    .target(name: "Ports", dependencies: ["Core"]),
    .target(name: "Documents", dependencies: ["Core", yams]),
    // 3 outside world
    .target(name: "Storage", dependencies: ["Core", "AuditTrail"]),
    .target(name: "StorageSQLite", dependencies: ["Core", "AuditTrail", "Storage", grdb, grdbSQLite]),
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "StoragePostgres", dependencies: ["Core", "AuditTrail", "Storage", "CLibPQ"]),
    .target(
        name: "Outbound", dependencies: ["Core", "Keys", "Ports", asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioSSL]),
    // 4 features
    .target(name: "Identity", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Storage"]),
    .target(name: "Access", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Storage"]),
    .target(name: "OAuthServer", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Storage"]),
    .target(name: "Records", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Storage"]),
    .target(name: "Vault", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Storage"]),
    .target(
        name: "Spokes", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Documents", "Storage"],
        resources: [.embedInCode("Shipped")]),
    .target(name: "Flows", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Documents", "Storage"]),
    .target(name: "Hooks", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Storage"]),
    .target(name: "Monitoring", dependencies: ["Core", "Keys", "AuditTrail", "Ports", "Storage"]),
    .target(name: "OktaSandbox", dependencies: ["Core", "Keys"]),
    // 5 whole
    .target(
        name: "Hub",
        dependencies: [
            "Core", "Keys", "AuditTrail", "Ports", "Documents", "Storage", "StorageSQLite", "StoragePostgres",
            "Outbound", "Identity", "Access", "OAuthServer", "Records", "Vault", "Spokes", "Flows", "Hooks",
            "Monitoring", "OktaSandbox", configuration, logging,
        ],
        resources: [.embedInCode("Shipped")]),
    // 6 edges
    .target(
        name: "Web",
        dependencies: [
            "Core", "Keys", "AuditTrail", "Ports", "Outbound", "Access", "OAuthServer", "Records", "Hooks",
            "OktaSandbox", "Hub",
            hummingbird, hummingbirdCore, httpTypes, nioCore, nioPosix, nioHTTP1, nioHTTP2, nioTLS, nioSSL,
            nioHTTPTypes, nioHTTPTypesHTTP1, nioHTTPTypesHTTP2, lifecycle,
            unixSignals, logging,
        ]),
    .target(
        name: "Console", dependencies: ["Core", "Keys", "Ports", "Hub", mustache], resources: [.embedInCode("Look")]),
    // 7 program
    .executableTarget(
        name: "linchpin",
        dependencies: [
            "Core", "Keys", "Ports", "Outbound", "Spokes", "Hub", "Web", "Console", "OktaSandbox", argumentParser,
            configuration, logging,
        ]),
    // what the tests share
    .target(
        name: "TestSupport",
        dependencies: [
            "Core", "Keys", "AuditTrail", "Ports", "Storage", "StorageSQLite", "StoragePostgres", crypto, x509, asn1,
        ], path: "Tests/TestSupport"),
    // `make bench`: figures beside their limits
    .executableTarget(
        name: "bench",
        dependencies: [
            "Core", "Keys", "AuditTrail", "Ports", "Documents", "Storage", "StorageSQLite", "Outbound", "Records",
            "Vault",
            "Spokes", "Monitoring", "Hub", "TestSupport", asyncHTTPClient, hummingbird, hummingbirdCore, httpTypes,
            nioCore, nioPosix, nioHTTP1, nioSSL, logging,
        ], path: "Bench"),
    // writes and says what was acknowledged; the durability tests trace it and kill it
    .executableTarget(
        name: "StoreProbe", dependencies: ["Core", "AuditTrail", "Storage", "StorageSQLite", "StoragePostgres"],
        path: "Tests/StoreProbe"),
]

let tests: [(name: String, uses: [Target.Dependency])] = [
    ("CoreTests", ["Core"]),
    ("KeysTests", ["Core", "Keys"]),
    ("AuditTrailTests", ["Core", "Keys", "AuditTrail", "Storage"]),
    ("DocumentsTests", ["Core", "Documents"]),
    ("StorageTests", ["Core", "AuditTrail", "Storage", "StorageSQLite", "StoragePostgres", "StoreProbe"]),
    (
        "OutboundTests",
        [
            "Core", "Keys", "AuditTrail", "Ports", "Storage", "Outbound", "Vault", nioCore, nioPosix, nioHTTP1, nioSSL,
        ]
    ),
    ("IdentityTests", ["Core", "Keys", "AuditTrail", "Ports", "Storage", "Identity"]),
    ("AccessTests", ["Core", "AuditTrail", "Ports", "Storage", "Access"]),
    ("OAuthServerTests", ["Core", "Keys", "AuditTrail", "Ports", "Storage", "OAuthServer"]),
    ("RecordsTests", ["Core", "AuditTrail", "Ports", "Storage", "Records"]),
    ("VaultTests", ["Core", "Keys", "AuditTrail", "Ports", "Storage", "Vault"]),
    ("SpokesTests", ["Core", "AuditTrail", "Ports", "Documents", "Storage", "Spokes", "OktaSandbox"]),
    ("FlowsTests", ["Core", "AuditTrail", "Ports", "Documents", "Storage", "Flows"]),
    ("HooksTests", ["Core", "AuditTrail", "Ports", "Storage", "Hooks"]),
    ("MonitoringTests", ["Core", "Keys", "AuditTrail", "Ports", "Storage", "StorageSQLite", "Monitoring"]),
    ("OktaSandboxTests", ["Core", "Keys", "OktaSandbox"]),
    ("ConsoleTests", ["Core", "Ports", "Hub", "Console", configuration, logging]),
    (
        "HubTests",
        [
            "Core", "Keys", "AuditTrail", "Ports", "Storage", "StorageSQLite", "Identity", "Access", "OAuthServer",
            "Records", "Vault", "Spokes", "Flows", "Hooks", "Monitoring", "OktaSandbox", "Outbound", "Hub", "Web",
            "Console", "linchpin",
            logging,
            configuration,
        ]
    ),
    (
        "CrashTests",
        [
            "Core", "Keys", "Ports", "Storage", "StorageSQLite", "StoragePostgres", "Identity", "Hub", "Outbound",
            "OktaSandbox", "linchpin",
        ]
    ),
    ("TidyTests", []),
]

let package = Package(
    name: "linchpin",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "linchpin", targets: ["linchpin"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    ],
    targets: targets + tests.map { .testTarget(name: $0.name, dependencies: $0.uses + ["TestSupport"]) }
)

for target in package.targets where target.type != .system {
    target.swiftSettings = settings
}
