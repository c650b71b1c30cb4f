// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// All rows, put together by the block that they may stand in.

internal import Configuration

/// The tables of directives, and what the manual says about them.
enum SiteTables {
    /// The directives of the main level, of `events` and of `http`.
    static let main = DirectiveTable<MainDraft>(
        StreamDirectives.widen(
            LogDirectives.mainRows + MainDirectives.rows + UpstreamDirectives.mainRows
                + HealthCheckDirectives.mainRows + FileCachingDirectives.mainRows
                + VariableDirectives.rows
                + LimitDirectives.mainRows
                + CharsetDirectives.mainRows + ServerDirectives.mainRows
                + levelRows.map { $0.on(\.level) })
            + StreamDirectives.mainRows + SessionCheckDirectives.mainRows
            + StreamDirectives.levelRows.map { $0.on(\.level) })

    /// The directives of `server`.
    static let server = DirectiveTable<ServerDraft>(
        StreamDirectives.widen(ServerDirectives.rows + placeRows.map { $0.on(\.place) })
            + StreamDirectives.placeRows.map { $0.on(\.place) }
            + SessionCheckDirectives.placeRows.map { $0.on(\.place) }
            + StreamDirectives.levelRows.map { $0.on(\.place.level) })

    /// The directives of `location`.
    static let location = DirectiveTable<LocationDraft>(placeRows)

    private static let levelRows: [Directive<LevelDraft>] =
        ClientDirectives.rows + TLSDirectives.rows + HTTP2Directives.rows
        + ClientAddressDirectives.rows
        + StaticFileDirectives.rows
        + FileCachingDirectives.rows
        + ConditionDirectives.rows
        + EncodingDirectives.rows + ListingDirectives.rows + LinkDirectives.rows
        + RandomIndexDirectives.rows + LimitDirectives.rows
        + HeaderDirectives.rows + EarlyHintsDirectives.rows
        + CharsetDirectives.rows + SubstitutionDirectives.rows
        + RateDirectives.rows + RateDirectives.ignored
        + AccessDirectives.rows + RefererDirectives.rows + SecureLinkDirectives.rows
        + AuthRequestDirectives.rows + MirrorDirectives.rows
        + AdditionDirectives.rows + IncludeDirectives.rows
        + ResponseDirectives.rows + RewriteDirectives.levelRows
        + ProxyDirectives.rows + ResolverDirectives.rows + PeerHeadDirectives.rows
        + PeerTLSDirectives.rows
        + HoldDirectives.rows + PeerFailureDirectives.rows
        + LogDirectives.rows + ClientDirectives.ignored

    private static let placeRows: [Directive<LocationDraft>] =
        ServerDirectives.locationRows + StaticFileDirectives.locationRows
        + EmptyImageDirectives.rows + StatusDirectives.rows
        + ResponseDirectives.locationRows + ProxyDirectives.locationRows
        + HealthCheckDirectives.locationRows + RewriteDirectives.rows
        + levelRows.map { $0.on(\.level) }

    /// Every directive, by the chapters of the manual.
    static let catalog = DirectiveCatalog(sections: [
        DirectiveSection("Processes", described(MainDirectives.rows)),
        DirectiveSection(
            "Servers and locations",
            described(ServerDirectives.mainRows) + described(ServerDirectives.rows)
                + described(ServerDirectives.locationRows)),
        DirectiveSection(
            "Files",
            described(StaticFileDirectives.locationRows) + described(StaticFileDirectives.rows)
                + described(FileCachingDirectives.mainRows) + described(FileCachingDirectives.rows)
                + described(ConditionDirectives.rows) + described(ListingDirectives.rows)
                + described(RandomIndexDirectives.rows)
                + described(LinkDirectives.rows)),
        DirectiveSection("Compression", described(EncodingDirectives.rows)),
        DirectiveSection(
            "Responses",
            described(RewriteDirectives.rows) + described(RewriteDirectives.levelRows)
                + described(ResponseDirectives.locationRows)
                + described(EmptyImageDirectives.rows) + described(StatusDirectives.rows)
                + described(ResponseDirectives.rows) + described(HeaderDirectives.rows)
                + described(EarlyHintsDirectives.rows)
                + described(CharsetDirectives.mainRows) + described(CharsetDirectives.rows)
                + described(SubstitutionDirectives.rows)
                + described(RateDirectives.rows) + described(RateDirectives.ignored)),
        DirectiveSection(
            "Pages put together",
            described(AdditionDirectives.rows) + described(IncludeDirectives.rows)),
        DirectiveSection(
            "Access",
            described(AccessDirectives.rows) + described(RefererDirectives.rows)
                + described(SecureLinkDirectives.rows) + described(AuthRequestDirectives.rows)),
        DirectiveSection(
            "Passing requests on",
            described(ProxyDirectives.locationRows) + described(ProxyDirectives.rows)
                + described(ResolverDirectives.rows)
                + described(PeerHeadDirectives.rows)
                + described(PeerTLSDirectives.rows)
                + described(HoldDirectives.rows)
                + described(PeerFailureDirectives.rows)
                + described(MirrorDirectives.rows)),
        DirectiveSection(
            "Groups of peers",
            described(UpstreamDirectives.mainRows) + described(UpstreamDirectives.allRows)
                + described(ResolverDirectives.upstreamRows)
                + described(HealthCheckDirectives.locationRows)
                + described(HealthCheckDirectives.mainRows)
                + described(HealthCheckDirectives.matchRows)),
        DirectiveSection(
            "Connections from clients",
            described(ClientDirectives.rows) + described(HTTP2Directives.rows)
                + described(ClientAddressDirectives.rows)
                + described(ClientDirectives.ignored)),
        DirectiveSection("TLS", described(TLSDirectives.rows)),
        DirectiveSection(
            "Limits", described(LimitDirectives.mainRows) + described(LimitDirectives.rows)),
        DirectiveSection(
            "Streams",
            described(StreamDirectives.mainRows) + described(StreamDirectives.placeRows)
                + described(StreamDirectives.levelRows)
                + described(SessionCheckDirectives.placeRows)
                + described(SessionCheckDirectives.mainRows)
                + described(SessionCheckDirectives.matchRows)),
        DirectiveSection("Variables", described(VariableDirectives.rows)),
        DirectiveSection(
            "Logs", described(LogDirectives.mainRows) + described(LogDirectives.rows)),
    ])

    private static func described<Scope>(_ rows: [Directive<Scope>]) -> [DirectiveDescription] {
        StreamDirectives.widen(rows).map { $0.description }
    }
}
