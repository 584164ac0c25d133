using System.CommandLine;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>The options of every command that talks to a cluster; what is not given comes from the environment.</summary>
internal sealed class ClientOptions
{
    private const string DefaultBrokers = "localhost:9092";
    private const string PasswordFromInput = "--password-stdin";

    private readonly Option<string?> _brokers = TextOption.Create(
        "--brokers", "HOST:PORT", $"Addresses host:port, divided by commas. [CLOUDKARAFKA_BROKERS, else {DefaultBrokers}]");

    private readonly Option<string?> _userName = TextOption.Create(
        "--username", "NAME", "Log in as this user, over SASL_SSL with SCRAM-SHA-256. [CLOUDKARAFKA_USERNAME]");

    private readonly Option<string?> _password = TextOption.Create(
        "--password", "PASSWORD", "Better in the environment, where others do not see it. [CLOUDKARAFKA_PASSWORD]");

    private readonly Option<bool> _passwordFromInput = Flag.Create(
        PasswordFromInput, "Read the password from the first line of standard input.");

    private readonly Option<string?> _ca = TextOption.Create(
        "--ca", "FILE", "The CA certificate that signed the broker's, in PEM. [CLOUDKARAFKA_CA, else those of the system]");

    public void AddTo(Command command)
    {
        command.Options.Add(_brokers);
        command.Options.Add(_userName);
        command.Options.Add(_password);
        command.Options.Add(_passwordFromInput);
        command.Options.Add(_ca);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_password) is not null && result.GetResult(_passwordFromInput) is not null)
            {
                result.AddError($"{_password.Name} and {PasswordFromInput} are two passwords: choose one.");
            }
        });
    }

    public async Task<Connection> ReadAsync(ParseResult parsed, Surroundings around)
    {
        string? given = parsed.GetValue(_password);
        ProcessArguments.Hide(given ?? "");
        string? userName = parsed.GetValue(_userName) ?? FromEnvironment("USERNAME");
        if (userName is null && parsed.GetValue(_ca) is not null)
        {
            throw new UsageFailure(
                $"There is no user name, and without one the connection is not secured, so that {_ca.Name} would count for nothing.",
                "Set CLOUDKARAFKA_USERNAME or give --username.");
        }

        string? password = parsed.GetValue(_passwordFromInput)
            ? await around.ReadPasswordAsync(PasswordFromInput, userName is null ? "the password" : $"the password of {userName}")
            : given ?? FromEnvironment("PASSWORD");
        return new Connection(parsed.GetValue(_brokers) ?? FromEnvironment("BROKERS") ?? DefaultBrokers)
        {
            UserName = userName,
            Password = password,
            CaPath = parsed.GetValue(_ca) ?? FromEnvironment("CA"),
        };
    }

    public static string? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable("CLOUDKARAFKA_" + name) is { Length: > 0 } value ? value : null;
}
