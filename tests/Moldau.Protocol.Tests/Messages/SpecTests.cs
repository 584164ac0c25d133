using System.Text.Json.Nodes;
using Moldau.Protocol.Generator;
using Moldau.TestKit.Schemas;
using VersionRange = Moldau.TestKit.Schemas.VersionRange;

namespace Moldau.Protocol.Messages;

/// <summary>The specs that messages are generated from, held field by field to the table of Kafka's schemas.</summary>
public sealed class SpecTests
{
    private static readonly string SpecDirectory = Path.Combine(AppContext.BaseDirectory, "Spec");

    private static readonly List<MessageSpec> Specs =
        [.. Directory.GetFiles(SpecDirectory, "*.msg", SearchOption.AllDirectories).SelectMany(file => SpecParser.Parse(File.ReadAllText(file)))];

    [Fact]
    public void Every_schema_has_one_spec() => Assert.Equal(
        MessageSchemas.ByName.Keys.Order(StringComparer.Ordinal), Specs.Select(spec => spec.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_spec_says_what_the_schema_says()
    {
        var differences = Specs.SelectMany(spec => Differences(spec, MessageSchemas.ByName[spec.Name])).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(20)));
    }

    private static IEnumerable<string> Differences(MessageSpec spec, MessageSchema schema)
    {
        string at = spec.Name;
        if (spec.Kind != schema.Kind) yield return $"{at}: kind {spec.Kind} instead of {schema.Kind}";
        if (spec.Key != schema.ApiKey) yield return $"{at}: key {spec.Key} instead of {schema.ApiKey}";
        if (VersionRange.Parse(spec.ValidVersions) != schema.ValidVersions) yield return $"{at}: versions {spec.ValidVersions}";
        if (VersionRange.Parse(spec.FlexibleVersions) != schema.FlexibleVersions) yield return $"{at}: flexible {spec.FlexibleVersions}";
        if (!spec.Listeners.SequenceEqual(schema.Listeners)) yield return $"{at}: listeners {string.Join(',', spec.Listeners)}";
        if (spec.LatestVersionUnstable != schema.LatestVersionUnstable) yield return $"{at}: latest version unstable {spec.LatestVersionUnstable}";
        foreach (string difference in Differences(at, spec.Fields, schema.Fields)) yield return difference;
        foreach (string difference in StructDifferences(spec, schema)) yield return difference;
    }

    private static IEnumerable<string> StructDifferences(MessageSpec spec, MessageSchema schema)
    {
        if (spec.CommonStructs.Count != schema.CommonStructs.Count) yield return $"{spec.Name}: {spec.CommonStructs.Count} shared structs";
        foreach (var (shared, (name, fields)) in spec.CommonStructs.Zip(schema.CommonStructs))
        {
            if (shared.Name != name) yield return $"{spec.Name}: struct {shared.Name} instead of {name}";
            foreach (string difference in Differences($"{spec.Name}.{name}", shared.Fields, fields)) yield return difference;
        }
    }

    private static IEnumerable<string> Differences(string path, List<FieldSpec> specs, IReadOnlyList<SchemaField> fields)
    {
        var names = specs.Select(spec => spec.Name).ToList();
        if (!names.SequenceEqual(fields.Select(field => field.Name)))
        {
            yield return $"{path}: fields {string.Join(", ", names)}";
            yield break;
        }
        foreach (var (spec, field) in specs.Zip(fields))
        {
            string at = $"{path}.{field.Name}";
            foreach (string difference in Differences(spec, field)) yield return $"{at}: {difference}";
            foreach (string difference in Differences(at, spec.Fields, field.Fields)) yield return difference;
        }
    }

    private static IEnumerable<string> Differences(FieldSpec spec, SchemaField field)
    {
        if (spec.Type != field.Type) yield return $"type {spec.Type} instead of {field.Type}";
        if (VersionRange.Parse(spec.Versions) != field.Versions) yield return $"versions {spec.Versions} instead of {field.Versions}";
        if (VersionRange.Parse(spec.NullableVersions) != field.NullableVersions) yield return $"nullable {spec.NullableVersions} instead of {field.NullableVersions}";
        if (VersionRange.Parse(spec.TaggedVersions) != field.TaggedVersions) yield return $"tagged {spec.TaggedVersions} instead of {field.TaggedVersions}";
        if ((spec.Tag ?? -1) != field.Tag) yield return $"tag {spec.Tag} instead of {field.Tag}";
        if (FlexibleOf(spec) != field.FlexibleVersions) yield return $"flexible {spec.FlexibleVersions} instead of {field.FlexibleVersions}";
        if (spec.MapKey != field.IsMapKey) yield return $"key {spec.MapKey}";
        if (spec.Ignorable != field.IsIgnorable) yield return $"ignorable {spec.Ignorable}";
        if (spec.ZeroCopy != field.IsZeroCopy) yield return $"zerocopy {spec.ZeroCopy}";
        if (spec.EntityType != field.EntityType) yield return $"entity {spec.EntityType} instead of {field.EntityType}";
        if (!HasSameDefault(spec, field)) yield return $"default {spec.Default} instead of {field.Default?.ToJsonString() ?? "null"}";
    }

    private static VersionRange? FlexibleOf(FieldSpec spec) => spec.FlexibleVersions is null ? null : VersionRange.Parse(spec.FlexibleVersions);

    private static bool HasSameDefault(FieldSpec spec, SchemaField field) => spec.Default is null
        ? !field.HasExplicitDefault
        : field.HasExplicitDefault && JsonNode.DeepEquals(JsonNode.Parse(spec.Default), field.Default);
}
