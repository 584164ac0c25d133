using System.Globalization;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands;

/// <summary>Where a message went, in words.</summary>
internal static class DeliveryText
{
    public static string Of(Delivery delivery) => string.Create(
        CultureInfo.InvariantCulture, $"delivered to {delivery.Topic}, partition {delivery.Partition}, offset {delivery.Offset}");
}
