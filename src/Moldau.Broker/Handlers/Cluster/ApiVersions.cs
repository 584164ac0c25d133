using System.Text.RegularExpressions;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// ApiVersions (key 18), v0-v5. Answers from the API table, so it says what is served. A version that is not served itself is answered
/// in the shape of v0 (<see cref="Unsupported"/>). v5 lets a client say which cluster and node it believes to have reached.
/// </summary>
internal sealed partial class ApiVersions(BrokerServices services) : IHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    private const short FirstVersionWithClientNames = 3;
    private const short FirstVersionWithExpectations = 5;

    // Below it a supported range that begins with 0 cannot be said: its minimum must be at least 1.
    private const short FirstVersionWithZeroMinimum = 4;

    private static readonly List<ApiVersionsResponse.ApiVersion> Keys =
        [.. Apis.Served.Where(api => api.IsAnnounced).Select(Describe).OrderBy(key => key.ApiKey)];

    public static ApiVersionsResponse Unsupported() => new()
    {
        ErrorCode = ErrorCode.UnsupportedVersion,
        ApiKeys = [.. Keys.Where(key => key.ApiKey == (short)ApiKey.ApiVersions)],
    };

    public ValueTask<ApiVersionsResponse?> HandleAsync(RequestContext context, ApiVersionsRequest request)
    {
        var error = Check(context.Version, request);
        if (error != ErrorCode.None) return new(Refuse(context, request, error));
        context.Sasl?.KnowsApiVersions();
        return new(Answer(context.Version));
    }

    public ApiVersionsResponse Refuse(RequestContext context, ApiVersionsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static ApiVersionsResponse.ApiVersion Describe(Api api) =>
        new() { ApiKey = (short)api.Key, MinVersion = api.AnnouncedMin ?? api.Min, MaxVersion = api.Max };

    private ErrorCode Check(short version, ApiVersionsRequest request)
    {
        if (version < FirstVersionWithClientNames) return ErrorCode.None;
        if (!Name().IsMatch(request.ClientSoftwareName) || !Name().IsMatch(request.ClientSoftwareVersion)) return ErrorCode.InvalidRequest;
        if (version < FirstVersionWithExpectations || (request.ClusterId is null && request.NodeId == -1)) return ErrorCode.None;
        if (request.ClusterId is null || request.NodeId == -1) return ErrorCode.InvalidRequest;
        bool isThisBroker = request.ClusterId == services.ClusterId && request.NodeId == services.NodeId;
        return isThisBroker ? ErrorCode.None : ErrorCode.RebootstrapRequired;
    }

    private ApiVersionsResponse Answer(short version)
    {
        var features = services.Metadata.Image.Features;
        bool canSayZero = version >= FirstVersionWithZeroMinimum;
        return new ApiVersionsResponse
        {
            ApiKeys = Keys,
            SupportedFeatures = [.. Features.Supported.Where(feature => feature.Min > 0 || canSayZero).Select(Supported)],
            FinalizedFeaturesEpoch = services.Metadata.LastOffset,
            FinalizedFeatures =
            [
                .. features.Select(feature => Finalized(feature.Key, feature.Value)),
                .. services.Metadata.KRaftVersion is > 0 and var level ? [Finalized(Features.KRaftVersion, level)] : Array.Empty<ApiVersionsResponse.FinalizedFeatureKey>(),
            ],
        };
    }

    private static ApiVersionsResponse.SupportedFeatureKey Supported(Feature feature) =>
        new() { Name = feature.Name, MinVersion = feature.Min, MaxVersion = feature.Max };

    private static ApiVersionsResponse.FinalizedFeatureKey Finalized(string name, short level) =>
        new() { Name = name, MaxVersionLevel = level, MinVersionLevel = level };

    // Letters, digits, dots and hyphens, with a letter or digit at both ends.
    [GeneratedRegex(@"\A[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
