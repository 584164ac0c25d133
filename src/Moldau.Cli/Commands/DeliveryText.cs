using System.Globalization;
using System.Text;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>Where a message went, or which one it was that went nowhere, in words.</summary>
internal static class DeliveryText
{
    private const int BeginningMax = 40;

    /// <summary>By its number, which is that of its line, and its beginning.</summary>
    public static string Name(Delivery delivery)
    {
        string number = string.Create(CultureInfo.InvariantCulture, $"message {delivery.Number}");
        if (delivery.Text is not { } text) return number;
        string beginning = SafeText.Of(Encoding.UTF8.GetString(text.AsSpan(0, Math.Min(text.Length, BeginningMax))));
        return $"{number} (\"{beginning}{(text.Length > BeginningMax ? "..." : "")}\")";
    }

    public static string Of(Delivery delivery) => string.Create(
        CultureInfo.InvariantCulture, $"delivered to {delivery.Topic}, partition {delivery.Partition}, offset {delivery.Offset}");
}
