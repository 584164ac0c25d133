using System.Globalization;
using System.Net;

namespace Moldau.Broker.Config;

/// <summary>How many connections single addresses may have: <c>ADDRESS:COUNT</c>, comma-separated.</summary>
internal sealed record AddressLimits : ConfigRule
{
    private const string Form = "ADDRESS:COUNT, comma-separated";

    public override string? Violation(ConfigValue value) => Read(value.Text) is null ? Form : null;

    public override string Describe() => Form;

    /// <summary>The limits by address; null where an entry is not of that form.</summary>
    public static Dictionary<string, int>? Read(string text)
    {
        var limits = new Dictionary<string, int>();
        foreach (string entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = entry.LastIndexOf(':');
            if (colon < 1 || !int.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int limit)) return null;
            limits[Canonical(entry[..colon])] = limit;
        }

        return limits;
    }

    /// <summary>One address has many ways to be written.</summary>
    private static string Canonical(string address) =>
        IPAddress.TryParse(address.Trim('[', ']'), out var parsed) ? (parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed).ToString() : address;
}
