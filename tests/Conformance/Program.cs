using Moldau.Conformance.Clients;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Moldau.Conformance;

/// <summary>Runs the tests or, where a test has started it, one member of a group in a process of its own.</summary>
internal static class Program
{
    public const string Member = "member";

    public static Task<int> Main(string[] arguments) => arguments switch
    {
        [Member, .. var rest] => Task.FromResult(ConfluentMember.Run(rest)),
        _ when arguments.Any(argument => argument is "--server" or "--internal-msbuild-node") =>
            TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => ConsoleRunner.Run(arguments),
    };
}
