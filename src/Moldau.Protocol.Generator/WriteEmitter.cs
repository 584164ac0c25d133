namespace Moldau.Protocol.Generator;

/// <summary>Writes the <c>Write</c> method of a message or struct, and <c>IsDefault</c> where a tagged struct needs it.</summary>
internal sealed class WriteEmitter(MessageModel model, CodeWriter code, string className)
{
    public void Emit(List<FieldSpec> fields)
    {
        code.Open("public void Write(WireWriter writer, short version)");
        FlexibleEmitter.Declare(model, code);
        foreach (var field in fields) EmitPositional(field);
        EmitTagged(fields);
        code.Close();
    }

    public void EmitIsDefault(List<FieldSpec> fields)
    {
        var conditions = fields.Select(IsDefault).Append("UnknownTaggedFields is null");
        code.Line($"internal bool IsDefault() => {string.Join(" && ", conditions)};");
    }

    private void EmitPositional(FieldSpec field)
    {
        if (!FlexibleEmitter.PositionalCondition(model, field, out string? present)) return;
        if (present is not null) code.Open($"if ({present})");
        EmitValue(field, FieldForm.Positional);
        if (present is not null) code.Close();
    }

    private void EmitTagged(List<FieldSpec> fields)
    {
        string flexible = FlexibleEmitter.Expression(model);
        if (flexible == "false") return;
        var tagged = fields.Where(field => FlexibleEmitter.TaggedCondition(model, field, out _)).OrderBy(field => field.Tag).ToList();
        code.Open(flexible == "true" ? "" : $"if ({flexible})");
        code.Line("int count = UnknownTaggedFields?.Count ?? 0;");
        for (int i = 0; i < tagged.Count; i++)
        {
            FlexibleEmitter.TaggedCondition(model, tagged[i], out string? condition);
            code.Line($"bool has{i} = {(condition is null ? "" : condition + " && ")}!({IsDefault(tagged[i])});");
            code.Line($"if (has{i}) count++;");
        }
        code.Line("writer.WriteUnsignedVarint(count);");
        for (int i = 0; i < tagged.Count; i++)
        {
            code.Open($"if (has{i})");
            code.Line($"int start = writer.BeginTaggedField({tagged[i].Tag});");
            EmitValue(tagged[i], FieldForm.Tagged);
            code.Line("writer.EndTaggedField(start);");
            code.Close();
        }
        code.Line("writer.WriteUnknownTaggedFields(UnknownTaggedFields);");
        code.Close();
    }

    private void EmitValue(FieldSpec field, FieldForm form)
    {
        string property = MessageModel.PropertyName(field, className);
        string compact = FlexibleEmitter.Compact(model, field);
        string nullable = field.NullableVersions is null ? "false" : model.Condition(VersionRange.Parse(field.NullableVersions)) ?? "true";
        if (FieldType.IsErrorCode(field)) code.Line($"writer.WriteInt16((short){property});");
        else if (!field.IsArray && FieldType.IsPrimitive(field.Type)) code.Line(FieldType.Write(model, field.Type, property, compact));
        else
        {
            if (nullable is not ("true" or "false")) code.Line($"if ({property} is null && !({nullable})) throw NullField.OnWrite(\"{model.Spec.Name}\", \"{field.Name}\");");
            else if (nullable == "false" && field.NullableVersions is not null) code.Line($"if ({property} is null) throw NullField.OnWrite(\"{model.Spec.Name}\", \"{field.Name}\");");
            if (field.IsArray) EmitArray(field, property, compact);
            else if (model.IsStruct(field.Type)) EmitStruct(property, form, nullable);
            else code.Line(FieldType.Write(model, field.Type, property, compact));
        }
    }

    private void EmitArray(FieldSpec field, string property, string compact)
    {
        string count = FieldType.IsNullable(field) ? $"{property}?.Count ?? -1" : $"{property}.Count";
        code.Line($"writer.WriteArrayLength({count}, {compact});");
        string write = $"foreach (var element in {property}) {FieldType.Write(model, field.ElementType, "element", compact)}";
        code.Line(FieldType.IsNullable(field) ? $"if ({property} is not null) {write}" : write);
    }

    private void EmitStruct(string property, FieldForm form, string nullable)
    {
        if (nullable == "false")
        {
            code.Line($"{property}.Write(writer, version);");
            return;
        }
        string mark(string tagged, string positional) => form == FieldForm.Tagged ? $"writer.WriteUnsignedVarint({tagged});" : $"writer.WriteInt8({positional});";
        string only = nullable == "true" ? "" : $"if ({nullable}) ";
        code.Line($"if ({property} is null) {mark("0", "-1")}");
        code.Open("else");
        code.Line(only + mark("1", "1"));
        code.Line($"{property}.Write(writer, version);");
        code.Close();
    }

    private string IsDefault(FieldSpec field)
    {
        string property = MessageModel.PropertyName(field, className);
        if (field.Default == "null") return $"{property} is null";
        if (field.IsArray || field.Type == "bytes") return $"{property} is {{ {(field.IsArray ? "Count" : "Length")}: 0 }}";
        if (field.Type == "records") return $"{property} is null";
        if (model.IsStruct(field.Type)) return FieldType.IsNullable(field) ? $"({property}?.IsDefault() ?? false)" : $"{property}.IsDefault()";
        return $"{property} == {FieldType.Initial(model, field) ?? "default"}";
    }
}
