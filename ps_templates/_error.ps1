    if ($null -ne $ErrorRecord) {
        $code = $ErrorRecord.Exception.PSObject.Properties['ErrorCode']
        $result['error'] = [ordered]@{
            id       = $ErrorRecord.FullyQualifiedErrorId
            category = $ErrorRecord.CategoryInfo.Category.ToString()
            type     = $ErrorRecord.Exception.GetType().FullName
            code     = if ($null -ne $code) { $code.Value } else { $null }
            message  = "=$($ErrorRecord.Exception.Message)"
        }
    }
