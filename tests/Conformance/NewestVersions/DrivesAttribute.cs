using System.Collections.Concurrent;
using System.Reflection;
using Moldau.Protocol;
using Xunit.v3;

namespace Moldau.Conformance.NewestVersions;

/// <summary>The APIs that a test asks in their newest version. A test that passes without asking all of them fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DrivesAttribute(params ApiKey[] apis) : Attribute, IBeforeAfterTestAttribute
{
    public IReadOnlyList<ApiKey> Apis => apis;

    public void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
    }

    public void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        // One that has failed did not come to ask for the rest.
        if (TestContext.Current.TestState?.Result != TestResult.Failed) Assert.Empty(AskedApis.Missing(test.UniqueID, apis));
    }
}

/// <summary>What each test has asked in its newest version.</summary>
internal static class AskedApis
{
    private static readonly ConcurrentDictionary<(string Test, ApiKey Api), bool> Asked = new();

    public static void Note(ApiKey api)
    {
        if (TestContext.Current.Test is { } test) Asked[(test.UniqueID, api)] = true;
    }

    public static IEnumerable<ApiKey> Missing(string test, IEnumerable<ApiKey> wanted) => wanted.Where(api => !Asked.ContainsKey((test, api)));
}
